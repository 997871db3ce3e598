import { AnsiText } from '~/log/AnsiText.tsx'

/** Text with flags in it, each word whole on its line: not `--` here and `lr` there. */
export function Words({ text }: { text: string }) {
  let start = 0
  return text.split(/(\s+)/).map((part, place) => {
    const at = start
    start += part.length
    return place % 2 ? (
      part
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: a word may come twice, and none ever moves
      <span key={place} className="word">
        <AnsiText text={part} start={at} />
      </span>
    )
  })
}
