import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Link, useSearch } from 'wouter'
import type { Attempt, RunDetail } from '~/api/client.ts'
import {
  artifactsQuery,
  diagnosisQuery,
  errorQuery,
  metricsQuery,
  samplesQuery,
} from '~/api/queries/attempts.ts'
import { groupQuery } from '~/api/queries/groups.ts'
import { logTailQuery } from '~/api/queries/logs.ts'
import { isFinal, runQuery } from '~/api/queries/runs.ts'
import { SeenBefore } from '~/errors/SeenBefore.tsx'
import { Labels } from '~/labels/Labels.tsx'
import { LogTail } from '~/log/LogTail.tsx'
import { paths, SAMPLES } from '~/paths.ts'
import { useIsLink } from '~/people/me.ts'
import { statusNames } from '~/texts/common.ts'
import { logTexts } from '~/texts/log.ts'
import { runTexts as said } from '~/texts/run.ts'
import { usePreference } from '~/ui/preference.ts'
import { Loading, With } from '~/ui/States.tsx'
import { Title } from '~/ui/Title.tsx'
import { Artifacts } from './Artifacts.tsx'
import { Attempts } from './Attempts.tsx'
import { Compare } from './Compare.tsx'
import { CopyReportButton } from './ErrorDialog.tsx'
import { ErrorText } from './ErrorText.tsx'
import { Failure } from './Failure.tsx'
import { calledOf, nameOf } from './facts.ts'
import { Measurements } from './Measurements.tsx'
import { type Primary, primaryOf } from './primary.ts'
import { FailedFirst, Ranks } from './Ranks.tsx'
import { Reproduce } from './Reproduce.tsx'
import { RetryNote } from './RetryNote.tsx'
import css from './RunPage.module.css'
import { Head, OlderAttempt, RunFacts } from './RunTop.tsx'
import { Samples } from './Samples.tsx'
import { SectionNav } from './SectionNav.tsx'
import { Spec } from './Spec.tsx'
import { Stages } from './Stages.tsx'
import { Progress } from './WhyCell.tsx'

type ShownProps = { run: RunDetail; attempt: Attempt }

/** Of an imported log nobody knows how it ended, but that an error stands in it. */
const hasFailed = ({ run, attempt: { status } }: ShownProps) =>
  status === 'failed' || status === 'lost' || (status === 'unknown' && run.errorLength > 0)

/** Whether the log holds an error that was printed as one; undefined while that is not known. */
function usePrinted({ run, attempt }: ShownProps): boolean | undefined {
  const of = { id: run.id, attempt: attempt.number }
  const { data } = useQuery({ ...diagnosisQuery(of), enabled: hasFailed({ run, attempt }) })
  return data && data.traceback !== null && data.cause !== 'unknown'
}

const isThere = ({ isPending, fetchStatus }: UseQueryResult) => !isPending || fetchStatus === 'idle'

/** Longer than this nothing waits for what stands above it. */
const PATIENCE_MS = 2_000

function usePatience(): boolean {
  const [over, setOver] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setOver(true), PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [])
  return over
}

/**
 * Whether everything in the upper part of the page, and in the lower one, is here.
 *
 * They are shown then, not before: nothing that is being read moves down when the rest arrives.
 */
function useArrived({ run, attempt }: ShownProps, tail: boolean) {
  const of = { id: run.id, attempt: attempt.number }
  const failed = hasFailed({ run, attempt })
  const learnt = run.kind === 'training' && attempt.status === 'completed'
  const grouped = failed && attempt.number === run.attempt ? run.fingerprint : null
  const isLink = useIsLink()
  const files = useQuery({ ...artifactsQuery(of), enabled: !isLink })
  const sampled = learnt && files.data?.artifacts.some(({ path }) => path === SAMPLES) === true
  const upper = [
    useQuery({ ...diagnosisQuery(of), enabled: failed }),
    useQuery({ ...errorQuery(of), enabled: failed }),
    useQuery({ ...groupQuery(grouped ?? ''), enabled: grouped !== null }),
    useQuery({ ...logTailQuery(of, attempt.status === 'running'), enabled: tail }),
  ].every(isThere)
  const lower = [
    files,
    useQuery(metricsQuery(of, !isFinal(run) && attempt.number === run.attempt)),
    useQuery({ ...samplesQuery(of), enabled: sampled }),
  ].every(isThere)
  const over = usePatience()
  return { upper, lower: (upper && lower) || over }
}

type PartProps = ShownProps & { primary: Primary }

/** The way to the whole log, where the page's head does not have it. */
function LogLink({ run, attempt, primary }: PartProps) {
  if (primary === 'log') return null
  const number = attempt.number === run.attempt ? undefined : attempt.number
  return (
    <Link className="btn" href={paths.log(run.id, { attempt: number })}>
      {said.viewLog}
    </Link>
  )
}

/** The error itself: library frames folded, or as printed; the choice is remembered. */
function ErrorSection({ run, attempt, primary }: PartProps) {
  const [raw, setRaw] = usePreference('raw', false)
  return (
    <section aria-labelledby="error">
      <div className={css.bar}>
        <h2 id="error">{said.error}</h2>
        <span className="grow" />
        <button type="button" className="btn" aria-pressed={raw} onClick={() => setRaw(!raw)}>
          {said.raw}
        </button>
        <CopyReportButton id={run.id} attempt={attempt.number} />
        <LogLink run={run} attempt={attempt} primary={primary} />
      </div>
      <ErrorText
        id={run.id}
        attempt={attempt.number}
        label={said.errorOf(nameOf(run))}
        folded={!raw}
      />
    </section>
  )
}

/** The end of the log: live while it is written, or of a run that printed no error. */
function Tail({ run, attempt, primary }: PartProps) {
  const failed = hasFailed({ run, attempt })
  return (
    <LogTail
      id={run.id}
      attempt={attempt.number}
      live={attempt.status === 'running'}
      newest={attempt.number === run.attempt}
      label={logTexts.tailOf(nameOf(run))}
      actions={
        <>
          {failed && <CopyReportButton id={run.id} attempt={attempt.number} />}
          <LogLink run={run} attempt={attempt} primary={primary} />
        </>
      }
    />
  )
}

/** Why an attempt failed, and its error or the end of its log. */
function Upper({ printed, ...props }: PartProps & { printed: boolean | undefined }) {
  const { run, attempt } = props
  const newest = attempt.number === run.attempt
  if (!hasFailed({ run, attempt })) return <Tail {...props} />
  return (
    <>
      <Failure
        id={run.id}
        attempt={attempt.number}
        newest={newest}
        changes={newest ? run.changes : null}
        first={newest ? <FailedFirst run={run} /> : null}
      />
      {newest && run.fingerprint && <SeenBefore fingerprint={run.fingerprint} run={run} />}
      {printed === false ? <Tail {...props} /> : <ErrorSection {...props} />}
    </>
  )
}

/** What it did, wrote and was given. */
function Lower({ run, attempt }: ShownProps) {
  const { number } = attempt
  const isLink = useIsLink()
  return (
    <>
      {number === run.attempt && run.members.length > 0 && <Ranks run={run} />}
      {number === run.attempt && <Stages run={run} />}
      <Measurements run={run} attempt={number} />
      {!isLink && <Samples run={run} attempt={attempt} />}
      {!isLink && (
        <Artifacts
          of={{ id: run.id, attempt: number }}
          folder={number === run.attempt ? run.outputDir : null}
        />
      )}
      {run.attempts.length > 1 && <Attempts run={run} selected={number} />}
      <Spec run={run} />
      {number === run.attempt && <Reproduce run={run} />}
      {!isLink && <Compare run={run} />}
    </>
  )
}

function selectedAttempt(run: RunDetail, search: string): Attempt | undefined {
  const asked = Number(new URLSearchParams(search).get('attempt'))
  const byNumber = (number: number) => run.attempts.find((attempt) => attempt.number === number)
  return byNumber(asked) ?? byNumber(run.attempt)
}

function Shown({ run, attempt }: ShownProps) {
  const printed = usePrinted({ run, attempt })
  const primary = primaryOf(run, attempt, printed)
  const begun = attempt.status !== 'queued'
  const tail = begun && (!hasFailed({ run, attempt }) || printed === false)
  const arrived = useArrived({ run, attempt }, tail)
  return (
    <>
      <Head run={run} attempt={attempt} primary={primary} />
      <Labels run={run} />
      <OlderAttempt run={run} attempt={attempt} />
      <RunFacts run={run} attempt={attempt} />
      {attempt.number === run.attempt && <RetryNote run={run} />}
      {run.status === 'running' && (run.progress || run.stopping) && (
        <div className={css.progress}>
          <Progress run={run} />
        </div>
      )}
      <SectionNav />
      {begun && arrived.upper && (
        <Upper run={run} attempt={attempt} primary={primary} printed={printed} />
      )}
      {!arrived.upper && <Loading lines={6} />}
      {arrived.lower && <Lower run={run} attempt={attempt} />}
    </>
  )
}

function Body({ run }: { run: RunDetail }) {
  const attempt = selectedAttempt(run, useSearch())
  return (
    <>
      <Title text={`${calledOf(run) ?? run.id} · ${statusNames[run.status]}`} />
      {attempt && <Shown key={attempt.number} run={run} attempt={attempt} />}
    </>
  )
}

/** One run; if it failed, the failure comes first. */
export function RunPage({ id }: { id: string }) {
  return <With result={useQuery(runQuery(id))}>{(run) => <Body run={run} />}</With>
}
