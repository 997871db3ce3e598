/** A sentence of the server's; what it puts in `backticks` is to be typed as it stands. */
export function Prose({ text }: { text: string }) {
  return text.split('`').map((part, place) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: parts of one sentence, which never change places
    place % 2 === 1 ? <code key={place}>{part}</code> : part,
  )
}
