/** Words of the form that starts a training, and of the examples beside it. */
import { formatCount, plural, unbroken } from '~/ui/format.ts'

/** Exact, as a limit must be: a learning rate of 1e-9 is not 0. */
const limit = (value: number) => (Number.isInteger(value) ? formatCount(value) : String(value))

export const startTexts = {
  title: 'Start training',
  explain: 'Fields left empty use the defaults shown.',
  again: (run: string) => `Parameters copied from ${run}`,
  groups: {
    essentials: 'Model, data and training',
    training: 'Precision, limits and seed',
    lora: 'LoRA',
    placement: 'Cluster',
    other: 'More',
  },
  advanced: 'Advanced',
  was: (before: string) => `was ${before}`,
  wasEmpty: 'was empty',
  wasDefault: 'was the default',
  changes: (count: number) => `${plural(count, 'field')} changed`,
  unchanged: 'Nothing changed yet',
  bar: 'Start',
  failing: (count: number) => `${plural(count, 'check')} failed`,
  warning: (count: number) => plural(count, 'warning'),
  limits: (low: number | null, high: number | null, said = limit) => {
    if (low !== null && high !== null) return unbroken(`${said(low)} to ${said(high)}`)
    if (low !== null) return `at least ${said(low)}`
    return high === null ? '' : `at most ${said(high)}`
  },
  serverDefault: 'Server default',
  refusedField: 'Not started: 1 field needs attention.',
  refused: (why: string) => `Not started: ${why}`,
  checking: 'Checking…',
  fixFirst: 'Fix the fields above to run the checks.',
  fillFirst: (field: string) =>
    field === 'Database'
      ? 'Fill in “Database” or “Data file” to run the checks.'
      : `Fill in “${field}” to run the checks.`,
  checkFailed: (why: string) => `The checks could not run: ${why}`,
  allWell: 'All checks passed. Ready to start.',
  problems: 'Problems with these parameters',
  seeProblems: 'Show',
} as const

/** Fields whose label is not just the words of their name. */
export const fieldLabels: Record<string, string> = {
  baseModel: 'Base model',
  batchSize: 'Batch size',
  cpus: 'CPUs per node',
  dataFile: 'Data file',
  dbPath: 'Database',
  executor: 'Runs on',
  gpusPerNode: 'GPUs per node',
  learningRate: 'Learning rate',
  loraAlpha: 'LoRA alpha',
  loraDropout: 'LoRA dropout',
  loraR: 'LoRA rank',
  loraTargets: 'LoRA target modules',
  maxSamples: 'Max samples',
  memory: 'Memory per node',
  sourceMaxTokens: 'Max request length',
  targetMaxTokens: 'Max answer length',
  timeLimitSeconds: 'Time limit',
  trainingType: 'Training type',
}

export const exampleTexts = {
  title: 'Examples',
  explain: 'One click starts a real run on the demo data.',
  start: 'Start example',
  startNamed: (title: string) => `Start example: ${title}`,
} as const
