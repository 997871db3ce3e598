/** Words of one run: its row in the list, its page, its error. */
import type { Change } from '~/api/client.ts'
import { formatBytes, formatCount, ordinal, plural, unbroken } from '~/ui/format.ts'

/** What Python calls code that it was given without a file. */
const codeNames: Record<string, string> = {
  '<string>': 'Code given as a string (python -c)',
  '<stdin>': 'Code given on standard input',
}

export const runTexts = {
  expand: 'Expand',
  collapse: 'Collapse',
  open: 'Open',
  errorOf: (run: string) => `Full error of ${run}`,
  errorOfRun: (run: string) => ` error of ${run}`,
  sameCause: (cause: string) => `Show all runs with the cause ${cause}`,
  openRun: 'Open run',
  step: (step: number, total: number | null) =>
    `step ${formatCount(step)}${total === null ? '' : ` of ${formatCount(total)}`}`,
  left: (time: string) => unbroken(`${time} left`),
  stopping: 'Stopping…',
  starting: 'Starting…',
  logged: (bytes: number) => `${formatBytes(bytes)} logged`,
  queue: (position: number | null) => {
    if (position === null) return 'Queued'
    return position === 1 ? 'Queued, next in line' : `Queued, ${ordinal(position)} in line`
  },
  lostExplain: (isSent: boolean) =>
    `How this run ended is unknown. Its log ${isSent ? 'is as far as it was sent' : 'is complete'}.`,
  crumb: 'Runs',
  cancel: 'Cancel',
  stopTitle: 'Stop this run?',
  stopExplain: (run: string, time: string | null) =>
    `Stops ${run}${time === null ? '' : ` after ${unbroken(time)}`}.`,
  stopKeeps: (checkpoint: number | null) =>
    checkpoint === null
      ? 'Its log and everything it saved so far are kept; what it has not saved is lost.'
      : `Its log and its checkpoints are kept, the last of step ${formatCount(checkpoint)}; what it did since then is lost.`,
  stop: 'Stop run',
  stopped: 'The run was stopped.',
  keepRunning: 'Keep it running',
  callLost: 'Call it lost',
  lostTitle: 'Call this run lost?',
  callLostExplain: (run: string, host: string | null) =>
    `${run} runs on ${host ?? 'another machine'}, and cannot be seen from here: it may well go on. Its status becomes Lost, which cannot be undone; its log is kept. If it is heard again, its next attempt shows how it really ended.`,
  moreActions: 'More actions',
  adapter: 'Download adapter',
  copyLink: 'Copy link',
  linkCopied: 'Link copied',
  copyId: 'Copy run ID',
  idCopied: 'Run ID copied',
  overview: 'Overview',
  sections: 'Sections',
  previousAttempt: 'Previous attempt',
  nextAttempt: 'Next attempt',
  attemptOf: (number: number, all: number) => `Attempt ${number} of ${all}`,
  olderAttempt: (number: number, newest: number) => `This is attempt ${number} of ${newest}. `,
  newestAttempt: 'Show the newest attempt',
  retry: 'Retry',
  again: 'Run again with changes',
  remove: 'Delete',
  removeTitle: 'Delete this run?',
  removeExplain: (run: string, bytes: number) =>
    `Deletes ${run} with its log (${unbroken(formatBytes(bytes))}), checkpoints and adapter. This can’t be undone.`,
  attempt: (number: number) => `Attempt ${number}`,
  stages: 'Stages',
  failedAfter: (time: string | null) =>
    time === null ? 'failed immediately' : `failed after ${time}`,
  stoppedAfter: (time: string | null) =>
    time === null ? 'stopped immediately' : `stopped after ${time}`,
  notReached: (stages: string) => `Not reached: ${stages}`,
  upNext: (stages: string) => `Up next: ${stages}`,
  attempts: 'Attempts',
  attemptLog: (bytes: number) => `Log (${unbroken(formatBytes(bytes))})`,
  parameters: 'Parameters',
  command: 'Command',
  error: 'Error',
  nextSteps: 'Next steps',
  evidence: 'Evidence',
  line: (number: number) => `line ${formatCount(number)}`,
  chain: 'Exception chain, oldest first',
  frame: (file: string, line: number, name: string) =>
    `${codeNames[file] ?? file}, line ${line}, in ${name}`,
  alternatives: 'Other possible causes',
  reproduce: 'Run it yourself',
  newIssue: 'Open a new issue',
  raw: 'Raw',
  folded: (frames: number, where: string[]) => `${plural(frames, 'frame')} in ${where.join(', ')}`,
  confidence: {
    proven: 'Confirmed',
    likely: 'Likely',
    possible: 'Possible',
    unknown: 'Unknown cause',
  },
  downloadLog: 'Download log',
  viewLog: 'View log',
} as const

export const fullErrorTexts = {
  title: 'Error',
  facts: 'Details of the run',
  full: 'Full error',
  loading: 'Loading the full error…',
  copy: 'Copy error',
  report: 'Bug report',
  copyReport: 'Copy bug report',
  copyReportAndFile: 'Copy report and download full error',
  download: 'Download error',
  newer: 'Newer failure',
  older: 'Older failure',
  tooLarge: (shown: number) =>
    `This error is too large to show in full; here are its first ${formatBytes(shown)}. Download it, or read it in the log.`,
} as const

/** The trainer's stages in order, by their ids in the API. */
export const stageNames = {
  check_dependencies: 'Checking dependencies',
  load_examples: 'Loading examples',
  load_tokenizer: 'Loading tokenizer',
  prepare_dataset: 'Preparing dataset',
  load_model: 'Loading model',
  wrap_adapter: 'Adding adapter',
  init_trainer: 'Setting up trainer',
  train: 'Training',
  save_adapter: 'Saving adapter',
  save_metadata: 'Saving metadata',
} as const

/** Why a run ended, where the reason's own words would not be plain. */
export const reasonNames: Record<string, string> = {
  stopped_by_user: 'cancelled by a user',
  stop_forced: 'cancelled, and killed as it did not stop',
  hang: 'stalled',
  host_rebooted: 'host restarted',
  log_ends_in_error: 'its log ends in an error',
  end_not_recorded: 'how it ended was not recorded',
  scheduler: 'by the scheduler’s accounting',
  given_up: 'called lost by a person',
  requeued: 'its job was started again',
  preempted: 'a job of higher priority took its place',
  member_missing: 'a rank never joined',
  timeout: 'time limit reached',
  stopped_by_scheduler: 'stopped by the scheduler',
  launcher_gone: 'stopped: what had started it was killed',
  log_quota: 'log size limit reached',
  launch_failed: 'could not be started',
}

/** What is unusual about a run, where the flag's own words would not be plain. */
export const flagNames: Record<string, string> = {
  adopted: 'recorder died',
  on_another_host: 'on another machine',
  out_of_contact: 'out of contact',
  clock_differs: 'clock differs',
  log_cut: 'log cut where it ran',
  came_back: 'heard again later',
  member_missing: 'a rank never joined',
  checkpoint_missing: 'began anew',
  log_gap: 'gap in log',
  log_quota: 'log size limit reached',
  log_reserve_used: 'disk full',
  disk_low: 'disk almost full',
  orphans_killed: 'leftover processes killed',
  children_kept: 'processes left running, as asked',
  survivors: 'processes left running',
  gpu_leak: 'GPU still in use',
  log_tampered: 'log changed by another program',
  facts_restored: 'deleted files restored',
  stacks_asked: 'stacks requested',
  clock_jump: 'clock changed',
  partly_read: 'not all data shown',
  stopped_by_signal: 'paused by a signal',
  loss_not_a_number: 'loss not a number',
  nothing_learnt: 'nothing learned',
  traceback_in_log: 'ends with a traceback',
  retry_planned: 'will be retried',
  retry_stopped: 'not retried again',
}

export const sampleTexts = {
  title: 'Sample answers, before and after',
  expected: 'Expected',
  before: 'Before',
  after: 'After',
  empty: '(empty)',
} as const

export const artifactTexts = {
  all: 'Download all (zip)',
  preview: 'Preview',
  hide: 'Hide',
  folder: 'Folder of the artifacts',
  ofFile: (path: string) => ` ${path}`,
  previewOf: (path: string) => `Preview of ${path}`,
  notShown: 'This file cannot be shown here.',
  title: 'Artifacts',
  summing: 'calculating checksum…',
  sumOf: (path: string) => `SHA-256 of ${path}`,
  more: (count: number) => `and ${plural(count, 'more file')}`,
} as const

/** What is different since a run like a failed one completed. */
export const changesTexts = {
  title: 'What changed',
  since: 'Last completed like this: ',
  likeness: (likeness: string, ago: string) => ` (${likeness}), ${ago}.`,
  nothing: 'Nothing that was kept has changed since then.',
  more: (count: number) => `and ${plural(count, 'more change')}`,
  compare: 'Compare side by side',
  pending: 'Still being taken…',
} as const

/** Which part of a run a change is of. */
export const changeKinds: Record<Change['kind'], string> = {
  settings: 'setting',
  packages: 'package',
  code: 'code',
  data: 'data',
  machine: 'machine',
  variables: 'variable',
}

export const factTexts = {
  id: 'Run ID',
  status: 'Status',
  started: 'Started',
  finished: 'Finished',
  duration: 'Duration',
  exitCode: 'Exit code',
  signal: 'Signal',
  reason: 'Reason',
  stage: 'Stage',
  model: 'Model',
  samples: 'Samples',
  loss: 'Final loss',
  meanLoss: 'Loss (last epoch, mean)',
  lossSoFar: 'Loss so far',
  startedBy: 'Started by',
  host: 'Runs on',
  contact: 'Last heard',
  log: 'Log',
  behind: (bytes: number) => `${formatBytes(bytes)} behind`,
} as const
