import type { RunDetail, Stage } from '~/api/client.ts'
import { isFinal } from '~/api/queries.ts'
import { formatElapsed, formatSeconds } from '~/ui/format.ts'
import { useNow } from '~/ui/now.ts'
import { texts } from '~/ui/texts.ts'
import css from './Stages.module.css'

/** The trainer's stages in order; those of other programs are what they report. */
const TRAINER = [
  'check_dependencies',
  'load_examples',
  'load_tokenizer',
  'prepare_dataset',
  'load_model',
  'wrap_adapter',
  'init_trainer',
  'train',
  'save_adapter',
  'save_metadata',
]

const looks: Record<Stage['status'], string | undefined> = {
  completed: undefined,
  failed: css.failed,
  running: css.running,
}

/** How long a stage took; one that never ended lasted until its run did, or lasts still. */
function Time({ stage, finishedAt }: { stage: Stage; finishedAt: string | null }) {
  const now = useNow()
  const { startedAt, seconds, detail } = stage
  const time =
    seconds === null ? formatElapsed({ startedAt, finishedAt }, now) : formatSeconds(seconds)
  const failed = stage.status === 'failed' && texts.run.failedAfter
  return [failed, time, detail && `· ${detail}`].filter(Boolean).join(' ')
}

/** How far a run came, and how long each part took. */
export function Stages({ run }: { run: RunDetail }) {
  if (run.stages.length === 0) return null
  const reached = new Set(run.stages.map(({ name }) => name))
  const rest = run.kind === 'training' ? TRAINER.filter((name) => !reached.has(name)) : []
  return (
    <section aria-labelledby="stages">
      <h2 id="stages" className={css.heading}>
        {texts.run.stages}
      </h2>
      <ol className={css.stages}>
        {run.stages.map((stage) => (
          <li key={stage.name} className={looks[stage.status]}>
            {stage.name}
            <span>
              <Time stage={stage} finishedAt={run.finishedAt} />
            </span>
          </li>
        ))}
        {rest.map((name) => (
          <li key={name} className={css.not}>
            {name}
            <span>{isFinal(run) ? texts.run.notReached : texts.run.toCome}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}
