import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { Attempt, RunDetail } from '~/api/client.ts'
import { AnsiText } from '~/log/AnsiText.tsx'
import { paths } from '~/paths.ts'
import { factTexts as facts, runTexts as said } from '~/texts/run.ts'
import { Facts } from '~/ui/Facts.tsx'
import { formatAgo, NONE } from '~/ui/format.ts'
import { Moment } from '~/ui/Moment.tsx'
import { useKnownNow, useNow } from '~/ui/now.ts'
import { Flags } from './Flags.tsx'
import { calledOf, factsOf, logFact, reasonOf } from './facts.ts'
import type { Primary } from './primary.ts'
import { RunActions } from './RunActions.tsx'
import css from './RunPage.module.css'
import { StatusBadge } from './StatusBadge.tsx'

type ShownProps = { run: RunDetail; attempt: Attempt }

/** A run as one of its earlier attempts left it: what only the newest one tells is left out. */
function asOf({ run, attempt }: ShownProps): RunDetail {
  if (attempt.number === run.attempt) return run
  const unknown = { stage: null, finalLoss: null, datasetSize: null, queuePosition: null }
  return { ...run, ...unknown, ...attempt, attempt: run.attempt }
}

type StepProps = { to: number | undefined; run: RunDetail; label: string; mark: string }

function Step({ to, run, label, mark }: StepProps) {
  if (to === undefined) return <span aria-hidden="true">{mark}</span>
  return (
    <Link href={paths.run(run.id, to === run.attempt ? undefined : to)} aria-label={label}>
      {mark}
    </Link>
  )
}

/** Which attempt is shown, and the way to the one before and after it. */
function AttemptSwitch({ run, attempt: { number } }: ShownProps) {
  if (run.attempts.length < 2) return null
  const numbers = run.attempts.map((attempt) => attempt.number).sort((a, b) => a - b)
  const at = numbers.indexOf(number)
  return (
    <nav className={css.switch} aria-label={said.attempts}>
      <Step run={run} to={numbers[at - 1]} label={said.previousAttempt} mark="‹" />
      {said.attemptOf(number, numbers.length)}
      <Step run={run} to={numbers[at + 1]} label={said.nextAttempt} mark="›" />
    </nav>
  )
}

/** A run's name, how it stands, and what can be done. */
export function Head({ run, attempt, primary }: ShownProps & { primary: Primary }) {
  return (
    <div className={css.top}>
      <div className={css.title}>
        <p className={css.crumb}>
          <Link href={paths.runs()}>{said.crumb}</Link> / <span className="mono">{run.id}</span>
        </p>
        <h1 id="top">
          <span>
            <AnsiText text={calledOf(run) ?? run.id} />
          </span>{' '}
          <StatusBadge status={attempt.status} /> <Flags run={run} />
          <AttemptSwitch run={run} attempt={attempt} />
        </h1>
      </div>
      <RunActions run={run} attempt={attempt} primary={primary} />
    </div>
  )
}

/** Says that what is shown is not the newest attempt, and where that is. */
export function OlderAttempt({ run, attempt: { number } }: ShownProps) {
  if (number === run.attempt) return null
  return (
    <p className={css.older}>
      {said.olderAttempt(number, run.attempt)}
      <Link href={paths.run(run.id)}>{said.newestAttempt}</Link>
    </p>
  )
}

/** The facts of the attempt that is shown. */
export function RunFacts(props: ShownProps) {
  const run = asOf(props)
  const now = useNow()
  const known = factsOf(run, useKnownNow()).filter(([, value]) => value !== NONE)
  const rows = known.map(([label, value]): [string, ReactNode] => {
    if (label === facts.started) return [label, <Moment key={label} time={run.startedAt} />]
    if (label === facts.finished) return [label, <Moment key={label} time={run.finishedAt} />]
    return [label, value]
  })
  const unusual = run.status !== 'failed' && run.status !== 'completed'
  if (unusual && run.reason) rows.push([facts.reason, reasonOf(run.reason)])
  if (run.status === 'queued') rows.push([facts.status, said.queue(run.queuePosition)])
  const by = [run.user, run.triggeredBy].filter(Boolean).join(', ')
  if (by) rows.push([facts.startedBy, by])
  if (run.host) rows.push([facts.host, [run.host, run.engine].filter(Boolean).join(', ')])
  if (run.contactAt && run.status === 'running')
    rows.push([facts.contact, formatAgo(run.contactAt, now)])
  if (run.status !== 'queued') rows.push([facts.log, logFact(run)])
  return <Facts rows={rows} />
}
