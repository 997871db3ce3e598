import type { Run } from '~/api/client.ts'
import { legible } from '~/log/ansi.ts'
import { factTexts as facts, reasonNames, runTexts, stageNames } from '~/texts/run.ts'
import {
  formatCount,
  formatDateTime,
  formatElapsed,
  formatLoss,
  NONE,
  shortModel,
} from '~/ui/format.ts'

/** How a run is called in a sentence: its name if it has one, and always its id. */
export const nameOf = (run: Pick<Run, 'id' | 'name'>): string =>
  run.name ? `${legible(run.name)} (${run.id})` : run.id

/** How it ended as a labelled fact: a signal or an exit code, never both. */
export function exitFact(run: Pick<Run, 'exitCode' | 'signal'>): [string, string] | null {
  if (run.signal) return [facts.signal, run.signal]
  return run.exitCode === null ? null : [facts.exitCode, String(run.exitCode)]
}

/** `stopped_by_user` as a person would write it. */
export const readable = (slug: string): string => slug.replaceAll('_', ' ')

/** Why a run ended, in plain words. */
export const reasonOf = (reason: string): string => reasonNames[reason] ?? readable(reason)

const isTrainers = (stage: string): stage is keyof typeof stageNames =>
  Object.hasOwn(stageNames, stage)

/** A stage of the trainer in plain words; one that another program reports, as it calls it. */
export const stageName = (stage: string): string =>
  isTrainers(stage) ? stageNames[stage] : legible(stage)

/** What is said of a run that told no step and no stage yet; a command's log shows that it works. */
export const begun = ({ kind, logBytes }: Pick<Run, 'kind' | 'logBytes'>): string =>
  kind === 'command' && logBytes > 0 ? runTexts.logged(logBytes) : runTexts.starting

/** Whether there is an error to read. */
export const hasError = (run: Run): boolean =>
  (run.status === 'failed' || run.status === 'lost') && run.errorLength > 0

type Fact = [label: string, value: string]

type OfTraining = Pick<Run, 'kind' | 'status' | 'stage' | 'baseModel' | 'datasetSize' | 'finalLoss'>

/** What a training has; a recorded command has it only where it told of it. */
export function trainingFacts(run: OfTraining): Fact[] {
  const rows: Fact[] = [
    [facts.stage, run.stage === null ? NONE : stageName(run.stage)],
    [facts.model, shortModel(run.baseModel)],
    [facts.samples, formatCount(run.datasetSize)],
    [run.status === 'running' ? facts.lossSoFar : facts.loss, formatLoss(run.finalLoss)],
  ]
  return run.kind === 'command' ? rows.filter(([, value]) => value !== NONE) : rows
}

/** What is known of a run, in the order in which a person asks. */
export function factsOf(run: Run, now: number): Fact[] {
  const ended = exitFact(run)
  return [
    [facts.started, formatDateTime(run.startedAt)],
    [facts.finished, formatDateTime(run.finishedAt)],
    [facts.duration, formatElapsed(run, now)],
    ...(ended ? [ended] : []),
    ...trainingFacts(run),
  ]
}
