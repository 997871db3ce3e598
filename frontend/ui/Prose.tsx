import { Words } from './Words.tsx'

/** A sentence from the server, with text in `backticks` shown as code. */
export function Prose({ text }: { text: string }) {
  return text.split('`').map((part, place) => {
    if (place % 2 === 0) return part
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of one sentence, which never change places
      <code key={place}>
        <Words text={part} />
      </code>
    )
  })
}
