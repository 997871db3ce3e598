import type { LineRange } from '~/paths.ts'
import css from './Marks.module.css'

type MarksProps = {
  lines: number
  error: LineRange | null
  marked: LineRange | null
  hits: { line: number }[]
  onGo: (line: number) => void
}

/** As many marks as a screen has rows; more would lie on each other. */
const MOST = 400

/** The lines of hits, each place of the strip once. */
function placesOf(hits: { line: number }[], lines: number): number[] {
  const places = new Map(hits.map(({ line }) => [Math.floor((line / lines) * MOST), line]))
  return Array.from(places.values())
}

/** Beside the scrollbar: where in the log the error is, what is marked, and what was found. */
export function Marks({ lines, error, marked, hits, onGo }: MarksProps) {
  const mark = (name: string | undefined, { first, last }: LineRange) => {
    const top = `${(100 * (first - 1)) / lines}%`
    const height = `${(100 * (last - first + 1)) / lines}%`
    return (
      <button
        key={`${name} ${first}`}
        type="button"
        tabIndex={-1}
        className={name}
        style={{ top: `min(${top}, 100% - 4px)`, height }}
        onClick={() => onGo(first)}
      />
    )
  }
  return (
    <div className={css.marks} aria-hidden="true">
      {error && mark(css.error, error)}
      {marked && mark(css.marked, marked)}
      {placesOf(hits, lines).map((line) => mark(css.hit, { first: line, last: line }))}
    </div>
  )
}
