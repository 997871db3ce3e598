import type { Run, TableRow } from '~/api/client.ts'

type Named = Pick<Run, 'id' | 'name'>
type Differing = Pick<TableRow, 'kind' | 'name' | 'values' | 'differs'>

const MOST = 3
const LONGEST = 24

const areDistinct = (labels: string[]) => new Set(labels).size === labels.length

/**
 * Short labels for the runs of a comparison: their own names, else the parameters by which they
 * differ, else their ids. Commands differ at their end, and are too long for a legend.
 */
export function labelsOf(runs: Named[], rows: Differing[]): string[] {
  const names = runs.flatMap(({ name }) => (name === null ? [] : [name]))
  if (names.length === runs.length && areDistinct(names)) return names
  const telling = rows.filter(
    ({ kind, differs, values }) =>
      kind === 'settings' && differs && values.every((value) => (value?.length ?? 0) <= LONGEST),
  )
  for (let count = 1; count <= Math.min(MOST, telling.length); count += 1) {
    const labels = runs.map((_, at) =>
      telling
        .slice(0, count)
        .map(({ name, values }) => `${name} ${values[at] ?? '–'}`)
        .join(' · '),
    )
    if (areDistinct(labels)) return labels
  }
  return runs.map(({ id }) => id)
}
