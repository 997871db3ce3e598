import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { Run } from '~/api/client.ts'
import { colourOf } from '~/charts/palette.ts'
import { AnsiText } from '~/log/AnsiText.tsx'
import { legible } from '~/log/ansi.ts'
import { paths } from '~/paths.ts'
import { calledOf } from '~/runs/facts.ts'
import { StatusBadge } from '~/runs/StatusBadge.tsx'
import { compareTexts as said } from '~/texts/compare.ts'
import css from './ComparePage.module.css'

type RunTableProps = {
  label: string
  runs: Run[]
  names: string[]
  onRemove?: (id: string) => void
  children: ReactNode
}

/** What its label does not say of a run already. */
const toldBeside = (label: string | undefined, run: Run) => {
  const called = calledOf(run)
  return called === null || called === label ? run.id : called
}

/** A table with a column for each run, in the colour of its curves. */
export function RunTable({ label, runs, names, onRemove, children }: RunTableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <section className={css.scroll} aria-label={label} tabIndex={0}>
      <table className={css.table}>
        <caption className="hidden">{label}</caption>
        <thead>
          <tr>
            <th scope="col">{said.property}</th>
            {runs.map((run, place) => (
              <th key={run.id} scope="col">
                <i style={{ background: colourOf(place) }} />
                <span className={css.label}>
                  <AnsiText text={names[place] ?? run.id} />
                </span>
                {onRemove && (
                  <Link href={paths.run(run.id)} title={legible(calledOf(run) ?? run.id)}>
                    <AnsiText text={toldBeside(names[place], run)} />
                  </Link>
                )}
                {onRemove && (
                  <span className={css.under}>
                    <StatusBadge status={run.status} />
                    <button
                      type="button"
                      className={css.remove}
                      aria-label={said.remove(names[place] ?? run.id)}
                      onClick={() => onRemove(run.id)}
                    >
                      ×
                    </button>
                  </span>
                )}
              </th>
            ))}
          </tr>
        </thead>
        {children}
      </table>
    </section>
  )
}
