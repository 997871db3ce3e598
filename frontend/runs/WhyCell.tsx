import { Link } from 'wouter'
import type { Run } from '~/api/client.ts'
import { AnsiText } from '~/log/AnsiText.tsx'
import { paths } from '~/paths.ts'
import { runTexts as said } from '~/texts/run.ts'
import { countCharacters, elapsed, formatRough, timeLeft } from '~/ui/format.ts'
import { useNow } from '~/ui/now.ts'
import { begun, hasError, nameOf, reasonOf, stageName } from './facts.ts'
import { beginningOf, headlineOf } from './preview.ts'
import css from './WhyCell.module.css'

/** The progress of a running run. */
export function Progress({ run }: { run: Run }) {
  const spent = elapsed(run, useNow())
  const { progress } = run
  if (run.stopping) return <span className="dim">{said.stopping}</span>
  if (!progress)
    return <span className="dim num">{run.stage === null ? begun(run) : stageName(run.stage)}</span>
  const { step, totalSteps, secondsLeft } = progress
  const left = secondsLeft === null ? timeLeft(step, totalSteps, spent) : secondsLeft * 1000
  const words = [
    run.stage && stageName(run.stage),
    said.step(step, totalSteps),
    left === null ? null : said.left(formatRough(left)),
  ]
  return (
    <div className={css.progress}>
      <span className="dim num">{words.filter(Boolean).join(' · ')}</span>
      {totalSteps !== null && <progress value={step} max={totalSteps} aria-label={nameOf(run)} />}
    </div>
  )
}

/** The beginning of an error, without what the headline already says. */
function Preview({ run }: { run: Run }) {
  const preview = beginningOf(run)
  if (preview === '') return null
  return (
    <p className={css.preview}>
      <AnsiText text={preview} />
    </p>
  )
}

export type ErrorControls = {
  open: boolean
  detailId: string
  toggle: () => void
  view: () => void
}

function ErrorButtons({ run, controls }: { run: Run; controls: ErrorControls }) {
  const { open, detailId } = controls
  const of = <span className="hidden">{said.ofRun(nameOf(run))}</span>
  const rest = run.errorLength - countCharacters(run.errorPreview ?? '')
  return (
    <div className={css.actions}>
      <button
        type="button"
        className="link"
        aria-expanded={open}
        aria-controls={open ? detailId : undefined}
        onClick={controls.toggle}
      >
        {open ? said.collapseError : said.expandError}
        {of}
      </button>
      <button type="button" className="link" aria-haspopup="dialog" onClick={controls.view}>
        {said.openError}
        {of}
      </button>
      {rest > 0 && !open && <span className={css.rest}>{said.moreCharacters(rest)}</span>}
    </div>
  )
}

/** The cause in a few words, the stage, and a link to the runs with the same cause. */
function Cause({ run }: { run: Run }) {
  return (
    <div className={css.cause}>
      {run.title && <span className={css.title}>{run.title}</span>}
      {run.stage && <span className="tag">{stageName(run.stage)}</span>}
      {run.cause && (
        <Link
          className={css.id}
          href={paths.runs({ cause: run.cause })}
          title={said.sameCause(run.cause)}
        >
          {run.cause}
        </Link>
      )}
    </div>
  )
}

function Failure({ run, controls }: { run: Run; controls: ErrorControls }) {
  const headline = headlineOf(run)
  return (
    <>
      <Cause run={run} />
      {headline && (
        <p className={css.headline}>
          <AnsiText text={headline} />
        </p>
      )}
      {!run.headline && run.reason && <p className={css.headline}>{reasonOf(run.reason)}</p>}
      {run.status === 'lost' && <p className="dim">{said.lostExplain}</p>}
      {hasError(run) && (
        <>
          {!controls.open && <Preview run={run} />}
          <ErrorButtons run={run} controls={controls} />
        </>
      )}
    </>
  )
}

/** Why a run ended, or its progress. */
export function WhyCell({ run, controls }: { run: Run; controls: ErrorControls }) {
  switch (run.status) {
    case 'queued':
      return <span className="dim">{said.queue(run.queuePosition)}</span>
    case 'running':
      return <Progress run={run} />
    case 'failed':
    case 'lost':
      return <Failure run={run} controls={controls} />
    case 'cancelled':
      return <span className="dim">{run.reason ? reasonOf(run.reason) : null}</span>
    case 'completed':
      return null
  }
}
