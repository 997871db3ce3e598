import { useMutation, useQuery } from '@tanstack/react-query'
import { startRun } from '~/api/actions.ts'
import type { Example, Run } from '~/api/client.ts'
import { examplesQuery } from '~/api/queries/start.ts'
import { exampleTexts as said } from '~/texts/start.ts'
import css from './Examples.module.css'

type OnStarted = (run: Run) => void

function Card({ example, onStarted }: { example: Example; onStarted: OnStarted | undefined }) {
  const start = useMutation({ ...startRun, onSuccess: onStarted })
  return (
    <li className={css.card}>
      <h3>{example.title}</h3>
      <p>{example.description}</p>
      <p className={css.error} role="alert">
        {start.error?.message}
      </p>
      <button
        type="button"
        className="btn"
        aria-label={said.startNamed(example.title)}
        disabled={start.isPending}
        onClick={() => start.mutate(example.spec)}
      >
        {said.start}
      </button>
    </li>
  )
}

/** Example runs that start with one click; only in the demo. */
export function Examples({ onStarted }: { onStarted?: OnStarted }) {
  const { data } = useQuery(examplesQuery)
  if (!data || data.examples.length === 0) return null
  return (
    <section className={css.examples} aria-labelledby="examples">
      <h2 id="examples">{said.title}</h2>
      <p className="dim">{said.explain}</p>
      <ul className={css.cards}>
        {data.examples.map((example) => (
          <Card key={example.id} example={example} onStarted={onStarted} />
        ))}
      </ul>
    </section>
  )
}
