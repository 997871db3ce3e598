import { commonTexts } from '~/texts/common.ts'
import { formatBytes } from '~/ui/format.ts'
import { type Named, nameOf } from './facts.ts'
import css from './Names.module.css'

const MOST = 6

type NamesProps = { runs: (Named & { bytes?: number })[]; most?: number }

/** The runs that something is about to be done to; of very many the first, and how many more. */
export function Names({ runs, most = MOST }: NamesProps) {
  const more = runs.length - most
  return (
    <ul className={css.names}>
      {runs.slice(0, most).map((run) => (
        <li key={run.id}>
          {nameOf(run)}
          {run.bytes !== undefined && <span className="dim"> · {formatBytes(run.bytes)}</span>}
        </li>
      ))}
      {more > 0 && <li className="dim">{commonTexts.andMore(more)}</li>}
    </ul>
  )
}
