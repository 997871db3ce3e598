import { Link } from 'wouter'
import type { Attempt, RunDetail } from '~/api/client.ts'
import { paths } from '~/paths.ts'
import { runTexts } from '~/texts/run.ts'
import { formatDateTime, formatElapsed } from '~/ui/format.ts'
import { useNow } from '~/ui/now.ts'
import css from './Attempts.module.css'
import { Changed } from './Changed.tsx'
import { exitFact, reasonOf } from './facts.ts'
import { StatusBadge } from './StatusBadge.tsx'

/** Why an attempt ended, where its exit code or signal does not say it. */
const reasonBeside = ({ reason }: Attempt): string | null =>
  reason === null || ['ok', 'exit_code', 'signal'].includes(reason) ? null : reasonOf(reason)

/** Every execution of a run; a retry never replaces what was before it. */
export function Attempts({ run, selected }: { run: RunDetail; selected: number | undefined }) {
  const now = useNow()
  const linked = (number: number) => (number === run.attempt ? undefined : number)
  return (
    <section aria-labelledby="attempts">
      <h2 id="attempts" className={css.heading}>
        {runTexts.attempts}
      </h2>
      <ol className={css.attempts}>
        {run.attempts.toReversed().map((attempt) => (
          <li key={attempt.number}>
            <Link
              href={paths.run(run.id, linked(attempt.number))}
              aria-current={attempt.number === selected ? 'true' : undefined}
            >
              {runTexts.attempt(attempt.number)}
            </Link>
            <StatusBadge status={attempt.status} />
            <span>{exitFact(attempt)?.join(' ')}</span>
            <span className="dim">{reasonBeside(attempt)}</span>
            <span className="dim num">{formatDateTime(attempt.startedAt)}</span>
            <span className="dim num">{formatElapsed(attempt, now)}</span>
            <Link href={paths.log(run.id, { attempt: linked(attempt.number) })}>
              {runTexts.attemptLog(attempt.logBytes)}
            </Link>
            <Changed changed={attempt.changed} />
          </li>
        ))}
      </ol>
    </section>
  )
}
