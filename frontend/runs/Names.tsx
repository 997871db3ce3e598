import { commonTexts } from '~/texts/common.ts'
import { type Named, nameOf } from './facts.ts'
import css from './Names.module.css'

const MOST = 6

/** The runs that something is about to be done to; of very many the first, and how many more. */
export function Names({ runs }: { runs: Named[] }) {
  const more = runs.length - MOST
  return (
    <ul className={css.names}>
      {runs.slice(0, MOST).map((run) => (
        <li key={run.id}>{nameOf(run)}</li>
      ))}
      {more > 0 && <li className="dim">{commonTexts.andMore(more)}</li>}
    </ul>
  )
}
