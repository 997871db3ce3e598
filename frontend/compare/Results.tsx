import type { Run, TableMetric } from '~/api/client.ts'
import { bestOf, betterOf } from '~/charts/curves.ts'
import { titleOf, writerOf } from '~/charts/metrics.ts'
import { AnsiText } from '~/log/AnsiText.tsx'
import { lossName } from '~/runs/facts.ts'
import { statusNames } from '~/texts/common.ts'
import { compareTexts as said } from '~/texts/compare.ts'
import { formatCount, formatDateTime, formatElapsed, formatLoss, NONE } from '~/ui/format.ts'
import { useNow } from '~/ui/now.ts'
import css from './ComparePage.module.css'
import { RunTable } from './RunTable.tsx'

type Row = { name: string; values: string[]; best: number | null }

/** A row of numbers, in which the best one is marked if the runs differ. */
function numbers(name: string, values: (number | null)[], write: (value: number) => string): Row {
  const better = betterOf(name)
  const different = new Set(values.filter((value) => value !== null)).size > 1
  const best = better && different ? bestOf({ values }, better) : null
  return { name, values: values.map((value) => (value === null ? NONE : write(value))), best }
}

/** What the runs' loss is called: one name where it is of one kind. */
function lossOf(runs: Run[]): string {
  const [name, ...others] = new Set(runs.map(lossName))
  return name !== undefined && others.length === 0 ? name : said.result.loss
}

function rowsOf(runs: Run[], metrics: TableMetric[], now: number): Row[] {
  const words = (name: string, of: (run: Run) => string) => ({
    name,
    values: runs.map(of),
    best: null,
  })
  const { result } = said
  const rows = [
    words(result.status, ({ status }) => statusNames[status]),
    words(result.cause, ({ status, title }) => (status === 'failed' && title) || NONE),
    numbers(
      lossOf(runs),
      runs.map(({ finalLoss }) => finalLoss),
      formatLoss,
    ),
    words(result.step, ({ progress }) => formatCount(progress?.step)),
    words(result.duration, (run) => formatElapsed(run, now)),
    words(result.started, ({ startedAt }) => formatDateTime(startedAt)),
    words(result.exitCode, ({ exitCode }) => (exitCode === null ? NONE : String(exitCode))),
    ...metrics
      .filter(({ name }) => name !== 'loss')
      .map(({ name, values }) => ({
        ...numbers(name, values, writerOf(name)),
        name: titleOf(name),
      })),
  ]
  return rows.filter(({ values }) => values.some((value) => value !== NONE))
}

/** How the runs ended, and the last value of everything they measured. */
export function Results(props: { runs: Run[]; names: string[]; metrics: TableMetric[] }) {
  const { runs, names, metrics } = props
  const rows = rowsOf(runs, metrics, useNow())
  return (
    <div>
      <h2 className={css.heading}>{said.results}</h2>
      <RunTable label={said.results} runs={runs} names={names}>
        <tbody>
          {rows.map(({ name, values, best }) => (
            <tr key={name}>
              <th scope="row">
                <AnsiText text={name} />
              </th>
              {values.map((value, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a column of the table
                <td key={place} className={place === best ? css.best : undefined}>
                  <AnsiText text={value} />
                  {place === best && <span className={css.mark}>{said.best}</span>}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </RunTable>
    </div>
  )
}
