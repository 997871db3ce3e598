import { CopyButton } from './CopyButton.tsx'
import { texts } from './texts.ts'

/** A command to type somewhere else. */
export function Command({ text, what = text }: { text: string; what?: string }) {
  return (
    <span className="command">
      <code>{text}</code>
      <CopyButton className="link" label={texts.copy.copy} what={what} text={text} />
    </span>
  )
}
