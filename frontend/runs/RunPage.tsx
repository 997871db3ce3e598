import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from 'wouter'
import type { Attempt, RunDetail } from '~/api/client.ts'
import type { AttemptId } from '~/api/queries/attempts.ts'
import { runQuery } from '~/api/queries/runs.ts'
import { SeenBefore } from '~/errors/SeenBefore.tsx'
import { Labels } from '~/labels/Labels.tsx'
import { AnsiText } from '~/log/AnsiText.tsx'
import { files, paths } from '~/paths.ts'
import { useIsLink, useMayWrite } from '~/people/me.ts'
import { statusNames } from '~/texts/common.ts'
import { factTexts as facts, runTexts as said } from '~/texts/run.ts'
import { Facts } from '~/ui/Facts.tsx'
import { formatAgo, formatBytes, NONE } from '~/ui/format.ts'
import { useNow } from '~/ui/now.ts'
import { usePreference } from '~/ui/preference.ts'
import { With } from '~/ui/States.tsx'
import { Title } from '~/ui/Title.tsx'
import { Artifacts } from './Artifacts.tsx'
import { Attempts } from './Attempts.tsx'
import { Compare } from './Compare.tsx'
import { CopyErrorButtons } from './ErrorDialog.tsx'
import { ErrorText } from './ErrorText.tsx'
import { Failure } from './Failure.tsx'
import { Flags } from './Flags.tsx'
import { calledOf, factsOf, nameOf, reasonOf } from './facts.ts'
import { Measurements } from './Measurements.tsx'
import { Reproduce } from './Reproduce.tsx'
import { RetryNote } from './RetryNote.tsx'
import { RunActions } from './RunActions.tsx'
import css from './RunPage.module.css'
import { Samples } from './Samples.tsx'
import { Spec } from './Spec.tsx'
import { Stages } from './Stages.tsx'
import { StatusBadge } from './StatusBadge.tsx'
import { Progress } from './WhyCell.tsx'

function Head({ run }: { run: RunDetail }) {
  const mayWrite = useMayWrite()
  return (
    <div className={css.top}>
      <div className={css.title}>
        <p className={css.crumb}>
          <Link href={paths.runs()}>{said.crumb}</Link> / <span className="mono">{run.id}</span>
        </p>
        <h1>
          <span>
            <AnsiText text={calledOf(run) ?? run.id} />
          </span>{' '}
          <StatusBadge status={run.status} /> <Flags run={run} />
        </h1>
      </div>
      {mayWrite && <RunActions run={run} />}
    </div>
  )
}

/** A run as one of its earlier attempts left it: what only the newest one tells is left out. */
function asOf(run: RunDetail, attempt: Attempt): RunDetail {
  if (attempt.number === run.attempt) return run
  const unknown = { stage: null, finalLoss: null, datasetSize: null, queuePosition: null }
  return { ...run, ...unknown, ...attempt }
}

function RunFacts({ run }: { run: RunDetail }) {
  const now = useNow()
  const rows = factsOf(run, now).filter(([, value]) => value !== NONE)
  const unusual = run.status !== 'failed' && run.status !== 'completed'
  if (unusual && run.reason) rows.push([facts.reason, reasonOf(run.reason)])
  if (run.status === 'queued') rows.push([facts.status, said.queue(run.queuePosition)])
  const by = [run.user, run.triggeredBy].filter(Boolean).join(', ')
  if (by) rows.push([facts.startedBy, by])
  if (run.host) rows.push([facts.host, [run.host, run.engine].filter(Boolean).join(', ')])
  if (run.contactAt && run.status === 'running')
    rows.push([facts.contact, formatAgo(run.contactAt, now)])
  rows.push([facts.log, formatBytes(run.logBytes)])
  return <Facts rows={rows} />
}

/** Says that what is shown is not the newest attempt, and where that is. */
function OlderAttempt({ run, number }: { run: RunDetail; number: number }) {
  return (
    <p className={css.older}>
      {said.olderAttempt(number, run.attempt)}
      <Link href={paths.run(run.id)}>{said.newestAttempt}</Link>
    </p>
  )
}

function LogLinks({ id, attempt }: AttemptId) {
  const isLink = useIsLink()
  return (
    <>
      {!isLink && (
        <a className="btn" href={files.logDownload(id, attempt)} download>
          {said.downloadLog}
        </a>
      )}
      <Link className="btn" href={paths.log(id, { attempt })}>
        {said.viewLog}
      </Link>
    </>
  )
}

type ErrorSectionProps = { run: RunDetail; attempt: Attempt; linked: number | undefined }

/** The error itself: library frames folded, or as printed; the choice is remembered. */
function ErrorSection({ run, attempt, linked }: ErrorSectionProps) {
  const [raw, setRaw] = usePreference('raw', false)
  const newest = linked === undefined
  return (
    <>
      <div className={css.bar}>
        <h2>{said.error}</h2>
        <span className="grow" />
        <button type="button" className="btn" aria-pressed={raw} onClick={() => setRaw(!raw)}>
          {said.raw}
        </button>
        <CopyErrorButtons id={run.id} attempt={attempt.number} />
        {newest && run.issueUrl && (
          <a className="btn" href={run.issueUrl} target="_blank" rel="noopener noreferrer">
            {said.newIssue}
          </a>
        )}
        <LogLinks id={run.id} attempt={linked} />
      </div>
      <ErrorText
        id={run.id}
        attempt={attempt.number}
        label={said.errorOf(nameOf(run))}
        folded={!raw}
      />
    </>
  )
}

/** One attempt: why it failed and its error, or just its log. */
function AttemptBody({ run, attempt }: { run: RunDetail; attempt: Attempt }) {
  const newest = attempt.number === run.attempt
  const linked = newest ? undefined : attempt.number
  if (attempt.status !== 'failed' && attempt.status !== 'lost') {
    return (
      <div className={css.bar}>
        <LogLinks id={run.id} attempt={linked} />
      </div>
    )
  }
  return (
    <>
      <Failure
        id={run.id}
        attempt={attempt.number}
        newest={newest}
        changes={newest ? run.changes : null}
      />
      {newest && run.fingerprint && <SeenBefore fingerprint={run.fingerprint} run={run} />}
      <ErrorSection run={run} attempt={attempt} linked={linked} />
    </>
  )
}

function selectedAttempt(run: RunDetail, search: string): Attempt | undefined {
  const asked = Number(new URLSearchParams(search).get('attempt'))
  const byNumber = (number: number) => run.attempts.find((attempt) => attempt.number === number)
  return byNumber(asked) ?? byNumber(run.attempt)
}

function Body({ run }: { run: RunDetail }) {
  const attempt = selectedAttempt(run, useSearch())
  const number = attempt?.number ?? run.attempt
  const isLink = useIsLink()
  return (
    <>
      <Title text={`${calledOf(run) ?? run.id} · ${statusNames[run.status]}`} />
      <Head run={run} />
      <Labels run={run} />
      {number !== run.attempt && <OlderAttempt run={run} number={number} />}
      <RunFacts run={attempt ? asOf(run, attempt) : run} />
      {number === run.attempt && <RetryNote run={run} />}
      {run.status === 'running' && (run.progress || run.stopping) && (
        <div className={css.progress}>
          <Progress run={run} />
        </div>
      )}
      {attempt && <AttemptBody run={run} attempt={attempt} />}
      {number === run.attempt && <Stages run={run} />}
      <Measurements run={run} attempt={number} />
      {attempt && !isLink && <Samples run={run} attempt={attempt} />}
      {!isLink && <Artifacts of={{ id: run.id, attempt: number }} />}
      {run.attempts.length > 1 && <Attempts run={run} selected={number} />}
      <Spec run={run} />
      {number === run.attempt && <Reproduce run={run} />}
      {!isLink && <Compare run={run} />}
    </>
  )
}

/** One run; if it failed, the failure comes first. */
export function RunPage({ id }: { id: string }) {
  return <With result={useQuery(runQuery(id))}>{(run) => <Body run={run} />}</With>
}
