import type { ReactNode } from 'react'
import { copyTexts } from '~/texts/common.ts'
import { CopyButton } from './CopyButton.tsx'

/** A command's words, each whole on its line: not `-` here and `-lr` there. */
const wordsOf = (text: string): ReactNode[] =>
  text.split(/( +)/).map((part, place) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: a word may come twice, and none ever moves
    place % 2 ? part : <span key={place}>{part}</span>,
  )

/** A command to type somewhere else. */
export function Command({ text, what = text }: { text: string; what?: string }) {
  return (
    <span className="command">
      <code>{wordsOf(text)}</code>
      <CopyButton className="link" label={copyTexts.copy} what={what} text={text} />
    </span>
  )
}
