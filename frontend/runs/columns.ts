import type { Run } from '~/api/client.ts'
import { formatShort } from '~/ui/format.ts'

/** The columns that a table of runs has: no empty ones, and those that were chosen. */
export type Columns = {
  model: boolean
  samples: boolean
  loss: boolean
  chosen: string[]
}

export const chosenOf = (columns: string | undefined): string[] =>
  (columns ?? '').split(',').filter(Boolean)

type Told = Pick<Run, 'id' | 'status' | 'baseModel' | 'datasetSize' | 'finalLoss'>
type Curves = Record<string, (number | null)[]> | undefined

export function columnsOf(runs: Told[], curves: Curves, chosen: string[]): Columns {
  return {
    model: runs.some(({ baseModel }) => baseModel !== null),
    samples: runs.some(({ datasetSize }) => datasetSize !== null),
    loss: runs.some((run) => lossOf(run, curves?.[run.id]) !== null),
    chosen,
  }
}

/** Run, status, cause, start and duration are always there. */
export const countOf = ({ model, samples, loss, chosen }: Columns): number =>
  5 + Number(model) + Number(samples) + Number(loss) + chosen.length

/** The final loss, or of a run that goes on the last one that it told. */
export function lossOf(
  run: Pick<Run, 'status' | 'finalLoss'>,
  curve: (number | null)[] | undefined,
): number | null {
  if (run.finalLoss !== null || run.status !== 'running') return run.finalLoss
  return curve?.findLast((value) => value !== null) ?? null
}

/** A parameter or metric of a run, as a cell shows it. */
export function cellOf(run: Pick<Run, 'values'>, name: string): string | null {
  const value = run.values[name]
  if (value === undefined) return null
  return typeof value === 'number' ? formatShort(value) : value
}
