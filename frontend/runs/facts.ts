import type { Run } from '~/api/client.ts'
import { legible } from '~/log/ansi.ts'
import { factTexts as facts, flagNames, reasonNames, runTexts, stageNames } from '~/texts/run.ts'
import {
  formatBytes,
  formatCount,
  formatDateTime,
  formatElapsed,
  formatLoss,
  NONE,
  shortModel,
} from '~/ui/format.ts'

export type Named = Pick<Run, 'id' | 'name'> & Partial<Pick<Run, 'shortCommand'>>

/** What a run is called: its name, else its command; null if only its id is left. */
export const calledOf = (run: Named): string | null => run.name ?? run.shortCommand ?? null

/** A run's name in a sentence: what it is called, and always the id. */
export const nameOf = (run: Named): string => {
  const called = calledOf(run)
  return called === null ? run.id : `${legible(called)} (${run.id})`
}

/** How it ended as a labelled fact: a signal or an exit code, never both. */
export function exitFact(run: Pick<Run, 'exitCode' | 'signal'>): [string, string] | null {
  if (run.signal) return [facts.signal, run.signal]
  return run.exitCode === null ? null : [facts.exitCode, String(run.exitCode)]
}

/** `stopped_by_user` as a person would write it. */
export const readable = (slug: string): string => slug.replaceAll('_', ' ')

/** Why a run ended, in plain words. */
export const reasonOf = (reason: string): string => reasonNames[reason] ?? readable(reason)

/** What is unusual about a run, in plain words. */
export const flagName = (flag: string): string => flagNames[flag] ?? readable(flag)

const isTrainers = (stage: string): stage is keyof typeof stageNames =>
  Object.hasOwn(stageNames, stage)

/** A stage of the trainer in plain words; a stage of another program by its own name. */
export const stageName = (stage: string): string =>
  isTrainers(stage) ? stageNames[stage] : legible(stage)

/** The progress of a run without a step or a stage; the log of a command shows that it works. */
export const begun = ({ kind, logBytes }: Pick<Run, 'kind' | 'logBytes'>): string =>
  kind === 'command' && logBytes > 0 ? runTexts.logged(logBytes) : runTexts.starting

/** Whether there is an error to read. */
export const hasError = (run: Run): boolean =>
  ['failed', 'lost', 'unknown'].includes(run.status) && run.errorLength > 0

/** How large its log is, and how much of it is still to come from where it runs. */
export function logFact({ logBytes, shippedBytes, status }: Sized): string {
  const behind = status === 'running' && shippedBytes !== null ? logBytes - shippedBytes : 0
  const size = formatBytes(logBytes)
  return behind > 0 ? `${size}, ${facts.behind(behind)}` : size
}

type Sized = Pick<Run, 'logBytes' | 'shippedBytes' | 'status'>

type Fact = [label: string, value: string]

type OfTraining = Pick<Run, 'kind' | 'status' | 'stage' | 'baseModel' | 'datasetSize' | 'finalLoss'>

/** Which loss it is: the trainer's own is a mean, and no point of the curve. */
export function lossName({ kind, status }: Pick<Run, 'kind' | 'status'>): string {
  if (status === 'running') return facts.lossSoFar
  return kind === 'training' && status === 'completed' ? facts.meanLoss : facts.loss
}

/** The facts of a training; of a recorded command, only those that are known. */
export function trainingFacts(run: OfTraining): Fact[] {
  const rows: Fact[] = [
    [facts.stage, run.stage === null || run.status === 'completed' ? NONE : stageName(run.stage)],
    [facts.model, shortModel(run.baseModel)],
    [facts.samples, formatCount(run.datasetSize)],
    [lossName(run), formatLoss(run.finalLoss)],
  ]
  return run.kind === 'command' ? rows.filter(([, value]) => value !== NONE) : rows
}

/** The facts of a run, in the order in which a person asks for them. */
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
