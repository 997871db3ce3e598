import type { Run } from '~/api/client.ts'
import { AnsiText } from '~/log/AnsiText.tsx'
import { countCharacters, elapsed, formatRough, timeLeft } from '~/ui/format.ts'
import { useNow } from '~/ui/now.ts'
import { texts } from '~/ui/texts.ts'
import { hasError, nameOf, readable } from './facts.ts'
import css from './WhyCell.module.css'

const said = texts.run

/** How far a running run is. */
export function Progress({ run }: { run: Run }) {
  const spent = elapsed(run, useNow())
  const { progress } = run
  if (run.stopping) return <span className="dim">{said.stopping}</span>
  if (!progress) return <span className="dim">{run.stage ?? said.starting}</span>
  const { step, totalSteps } = progress
  const left = timeLeft(step, totalSteps, spent)
  const words = [
    run.stage,
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

/** The first characters of an error, and how many there are besides. */
function Preview({ run }: { run: Run }) {
  const preview = run.errorPreview ?? ''
  const rest = run.errorLength - countCharacters(preview)
  if (preview === '' || (preview === run.headline && rest <= 0)) return null
  return (
    <p className={css.preview}>
      <span className={css.beginning}>
        <AnsiText text={preview} />
      </span>
      {rest > 0 && <span className={css.rest}> {said.moreCharacters(rest)}</span>}
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
  return (
    <div className={css.actions}>
      <button
        type="button"
        className="link"
        aria-expanded={open}
        aria-controls={open ? detailId : undefined}
        onClick={controls.toggle}
      >
        {open ? said.showLess : said.showError}
        {of}
      </button>
      <button type="button" className="link" aria-haspopup="dialog" onClick={controls.view}>
        {said.viewError}
        {of}
      </button>
    </div>
  )
}

function Failure({ run, controls }: { run: Run; controls: ErrorControls }) {
  return (
    <>
      <div className={css.cause}>
        {run.title && <span className={css.title}>{run.title}</span>}
        {run.stage && <span className="tag">{run.stage}</span>}
      </div>
      {run.headline && (
        <p className={css.headline}>
          <AnsiText text={run.headline} />
        </p>
      )}
      {!run.headline && run.reason && <p className={css.headline}>{readable(run.reason)}</p>}
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

/** Why a run ended as it did, or how far it is. */
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
      return <span className="dim">{run.reason ? readable(run.reason) : null}</span>
    case 'completed':
      return null
  }
}
