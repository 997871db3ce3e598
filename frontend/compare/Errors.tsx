import { useState } from 'react'
import type { Run } from '~/api/client.ts'
import { colourOf } from '~/charts/palette.ts'
import { AnsiText } from '~/log/AnsiText.tsx'
import { ErrorText } from '~/runs/ErrorText.tsx'
import { hasError, nameOf } from '~/runs/facts.ts'
import { compareTexts as said } from '~/texts/compare.ts'
import { runTexts } from '~/texts/run.ts'
import css from './ComparePage.module.css'

type ErrorProps = { run: Run; name: string; place: number; again: boolean }

function OneError({ run, name, place, again }: ErrorProps) {
  const [open, setOpen] = useState(false)
  return (
    <li className={css.error}>
      <h3>
        <i style={{ background: colourOf(place) }} />
        <AnsiText text={name} />
      </h3>
      <p className={css.title}>{run.title}</p>
      {run.headline && (
        <p className={css.headline}>
          <AnsiText text={run.headline} />
        </p>
      )}
      {again && <p className="dim">{said.sameError}</p>}
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{said.fullError}</summary>
        {open && (
          <ErrorText
            id={run.id}
            attempt={run.attempt}
            label={runTexts.errorOf(nameOf(run))}
            folded
          />
        )}
      </details>
    </li>
  )
}

/** The errors of those that failed, beside each other. */
export function Errors({ runs, names }: { runs: Run[]; names: string[] }) {
  const first = runs.find(hasError)
  if (!first) return null
  return (
    <section aria-labelledby="errors">
      <h2 id="errors" className={css.heading}>
        {said.errors}
      </h2>
      <ul className={css.errors}>
        {runs.map((run, place) =>
          hasError(run) ? (
            <OneError
              key={run.id}
              run={run}
              name={names[place] ?? run.id}
              place={place}
              again={run !== first && run.fingerprint === first.fingerprint}
            />
          ) : null,
        )}
      </ul>
    </section>
  )
}
