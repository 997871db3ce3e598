import { copyTexts } from '~/texts/common.ts'
import { CopyButton } from './CopyButton.tsx'
import { Words } from './Words.tsx'

/** A command to type somewhere else. */
export function Command({ text, what = text }: { text: string; what?: string }) {
  return (
    <span className="command">
      <code>
        <Words text={text} />
      </code>
      <CopyButton className="link" label={copyTexts.copy} what={what} text={text} />
    </span>
  )
}
