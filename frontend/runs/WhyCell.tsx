import { Link } from 'wouter'
import type { Run } from '~/api/client.ts'
import { AnsiText } from '~/log/AnsiText.tsx'
import { legible } from '~/log/ansi.ts'
import { files, paths } from '~/paths.ts'
import { copyTexts } from '~/texts/common.ts'
import { runTexts as said } from '~/texts/run.ts'
import { CopyButton } from '~/ui/CopyButton.tsx'
import { elapsed, formatRough, timeLeft } from '~/ui/format.ts'
import { useKnownNow } from '~/ui/now.ts'
import { begun, hasError, nameOf, reasonOf, stageName } from './facts.ts'
import { headlineOf } from './preview.ts'
import css from './WhyCell.module.css'

/** The progress of a running run. */
export function Progress({ run }: { run: Run }) {
  const spent = elapsed(run, useKnownNow())
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

type ErrorControls = {
  open: boolean
  detailId: string
  toggle: () => void
  view: () => void
}

type ErrorProps = { run: Run; text: string | undefined; controls: ErrorControls }

/** What can be done with an error; a longer one than the list holds is copied where it is open. */
function ErrorButtons({ run, text, controls }: ErrorProps) {
  const { open, detailId } = controls
  const of = <span className="hidden">{said.errorOfRun(nameOf(run))}</span>
  return (
    <div className={css.actions}>
      {text !== undefined && (
        <CopyButton
          className="link"
          label={copyTexts.copy}
          what={said.error}
          text={text}
          download={files.error(run.id, run.attempt)}
        />
      )}
      <button
        type="button"
        className="link"
        aria-expanded={open}
        aria-controls={open ? detailId : undefined}
        onClick={controls.toggle}
      >
        {open ? said.collapse : said.expand}
        {of}
      </button>
      <button type="button" className="link" aria-haspopup="dialog" onClick={controls.view}>
        {said.open}
        {of}
      </button>
    </div>
  )
}

/** The cause in a few words, and the stage. */
function Cause({ run }: { run: Run }) {
  return (
    <div className={css.cause}>
      {run.title && (
        <span className={css.title} title={run.title}>
          {run.title}
        </span>
      )}
      {run.stage && <span className="tag">{stageName(run.stage)}</span>}
    </div>
  )
}

/** The message, and a link to the runs with the same cause. */
function Message({ run }: { run: Run }) {
  const headline = headlineOf(run) ?? (run.headline || !run.reason ? null : reasonOf(run.reason))
  return (
    <div className={css.line}>
      {headline && (
        <p className={css.headline} title={legible(headline)}>
          <AnsiText text={headline} />
        </p>
      )}
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

/** The cause on one line with what can be done, the message on the next. */
function Failure({ run, text, controls }: ErrorProps) {
  return (
    <div className={css.failure}>
      <div className={css.line}>
        <Cause run={run} />
        {hasError(run) && <ErrorButtons run={run} text={text} controls={controls} />}
      </div>
      <Message run={run} />
      {run.status === 'lost' && <p className="dim">{said.lostExplain(run.host !== null)}</p>}
    </div>
  )
}

/** Why a run ended, or its progress. */
export function WhyCell({ run, text, controls }: ErrorProps) {
  switch (run.status) {
    case 'queued':
      return <span className="dim">{said.queue(run.queuePosition)}</span>
    case 'running':
      return (
        <>
          <Progress run={run} />
          {run.lastLine && (
            <p className={css.last} title={run.lastLine}>
              <AnsiText text={run.lastLine} />
            </p>
          )}
        </>
      )
    case 'failed':
    case 'lost':
      return <Failure run={run} text={text} controls={controls} />
    case 'unknown':
      return hasError(run) ? (
        <Failure run={run} text={text} controls={controls} />
      ) : (
        <span className="dim">{run.reason ? reasonOf(run.reason) : null}</span>
      )
    case 'cancelled':
      return <span className="dim">{run.reason ? reasonOf(run.reason) : null}</span>
    case 'completed':
      return null
  }
}
