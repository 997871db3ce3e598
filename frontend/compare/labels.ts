import type { Run, TableRow } from '~/api/client.ts'

type Named = Pick<Run, 'id' | 'name'>
type Differing = Pick<TableRow, 'kind' | 'name' | 'values' | 'differs'>

const MOST = 3
const LONGEST = 24

const areDistinct = (labels: string[]) => new Set(labels).size === labels.length

type Parts = string[][]

const joined = (parts: Parts) => parts.map((each) => each.join(' · '))
const distinct = (parts: Parts) => new Set(joined(parts)).size

/** The labels with one parameter more: the one that tells most runs apart. */
function told(parts: Parts, rows: Differing[]): Parts {
  const each = rows.map(({ name, values }) =>
    parts.map((part, at) => [...part, `${name} ${values[at] ?? '–'}`]),
  )
  return each.reduce((best, more) => (distinct(more) > distinct(best) ? more : best), parts)
}

/**
 * Short labels for the runs of a comparison: their own names, else the few parameters by which they
 * differ, else their ids. Commands differ at their end, and are too long for a legend.
 */
export function labelsOf(runs: Named[], rows: Differing[]): string[] {
  const names = runs.flatMap(({ name }) => (name === null ? [] : [name]))
  if (names.length === runs.length && areDistinct(names)) return names
  const telling = rows.filter(
    ({ kind, differs, values }) =>
      kind === 'settings' && differs && values.every((value) => (value?.length ?? 0) <= LONGEST),
  )
  let parts: Parts = runs.map(() => [])
  for (let count = 0; count < MOST && distinct(parts) < runs.length; count += 1) {
    parts = told(parts, telling)
  }
  const labels = joined(parts)
  return areDistinct(labels) && labels.every(Boolean) ? labels : runs.map(({ id }) => id)
}
