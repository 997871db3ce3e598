import type { RunDetail, Stage } from '~/api/client.ts'
import { isFinal } from '~/api/queries/runs.ts'
import { runTexts, stageNames } from '~/texts/run.ts'
import { elapsed, formatDuration } from '~/ui/format.ts'
import { useNow } from '~/ui/now.ts'
import { stageName } from './facts.ts'
import css from './Stages.module.css'

type Look = Stage['status'] | 'stopped'

const looks: Record<Look, string | undefined> = {
  completed: undefined,
  failed: css.failed,
  running: css.running,
  stopped: css.stopped,
}

/** A stage that never ended stopped with its run. */
const lookOf = (stage: Stage, final: boolean): Look =>
  stage.status === 'running' && final ? 'stopped' : stage.status

/** In milliseconds: a shorter stage gets no number. */
const MOMENT = 50

/** How long a stage took, and how it ended if it did not complete. */
function timeOf(look: Look, length: number): string {
  const time = length < MOMENT ? null : formatDuration(length)
  if (look === 'failed') return runTexts.failedAfter(time)
  if (look === 'stopped') return runTexts.stoppedAfter(time)
  return formatDuration(length)
}

/** Shortens a long path to its end; the tooltip has all of it. */
const shortPaths = (detail: string): string =>
  detail.replace(/(?:\/[^\s/]+){3,}(?=\/[^\s/]+\/?)/g, '…')

type Bar = { stage: Stage; look: Look; start: number; length: number }

/** When each stage began and how long it took, in milliseconds since the first began. */
function barsOf(run: RunDetail, now: number): { bars: Bar[]; whole: number } {
  const zero = Date.parse(run.stages[0]?.startedAt ?? '')
  const bars = run.stages.map((stage) => {
    const { startedAt, seconds } = stage
    const length =
      seconds === null
        ? (elapsed({ startedAt, finishedAt: run.finishedAt }, now) ?? 0)
        : seconds * 1_000
    const start = Date.parse(startedAt) - zero
    return { stage, look: lookOf(stage, isFinal(run)), start, length }
  })
  return { bars, whole: Math.max(1, ...bars.map(({ start, length }) => start + length)) }
}

function StageRow({ bar, whole }: { bar: Bar; whole: number }) {
  const { stage, look, start, length } = bar
  const place = { left: `${(100 * start) / whole}%`, width: `${(100 * length) / whole}%` }
  return (
    <li className={looks[look]}>
      <span className={css.name}>{stageName(stage.name)}</span>
      <span className={css.track} aria-hidden="true">
        <span className={css.bar} style={place} />
      </span>
      <span className={css.time}>{timeOf(look, length)}</span>
      {stage.detail && (
        <span className={css.detail} title={stage.detail}>
          {shortPaths(stage.detail)}
        </span>
      )}
    </li>
  )
}

/** The stages of a run, and how long each took. */
export function Stages({ run }: { run: RunDetail }) {
  const now = useNow()
  if (run.stages.length === 0) return null
  const { bars, whole } = barsOf(run, now)
  const reached = new Set(run.stages.map(({ name }) => name))
  const partly = run.kind === 'training' && run.status !== 'completed'
  const rest = partly ? Object.keys(stageNames).filter((name) => !reached.has(name)) : []
  const said = isFinal(run) ? runTexts.notReached : runTexts.upNext
  return (
    <section aria-labelledby="stages">
      <h2 id="stages" className={css.heading}>
        {runTexts.stages}
      </h2>
      <ol className={css.stages}>
        {bars.map((bar) => (
          <StageRow key={bar.stage.name} bar={bar} whole={whole} />
        ))}
        {rest.length > 0 && <li className={css.rest}>{said(rest.map(stageName).join(', '))}</li>}
      </ol>
    </section>
  )
}
