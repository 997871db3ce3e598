/** A sentence from the server, with text in `backticks` shown as code. */
export function Prose({ text }: { text: string }) {
  return text.split('`').map((part, place) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: parts of one sentence, which never change places
    place % 2 === 1 ? <code key={place}>{part}</code> : part,
  )
}
