import type { CodeFile } from '~/api/client.ts'

type Line = CodeFile['hunks'][number]['lines'][number]

/** A line of one of two files, with its number there. */
export type Side = { number: number | null; sign: Line['sign']; text: string }

/** A row of two files side by side; `marked` is a new line that the error names. */
export type Pair = { before: Side | null; after: Side | null; marked: boolean }

const beforeOf = ({ before, sign, text }: Line): Side => ({ number: before, sign, text })
const afterOf = ({ after, sign, text }: Line): Side => ({ number: after, sign, text })

/** Lines that were removed beside those that came in their place. */
export function pairs(lines: Line[]): Pair[] {
  const rows: Pair[] = []
  let removed: Line[] = []
  let added: Line[] = []
  const flush = () => {
    for (let at = 0; at < Math.max(removed.length, added.length); at++) {
      const one = removed[at]
      const two = added[at]
      rows.push({
        before: one ? beforeOf(one) : null,
        after: two ? afterOf(two) : null,
        marked: two?.marked ?? false,
      })
    }
    removed = []
    added = []
  }
  for (const line of lines) {
    if (line.sign === '-') removed.push(line)
    else if (line.sign === '+') added.push(line)
    else {
      flush()
      rows.push({ before: beforeOf(line), after: afterOf(line), marked: false })
    }
  }
  flush()
  return rows
}
