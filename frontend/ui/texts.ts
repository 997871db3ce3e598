/** Every English sentence of the page, so that there is one place to read, mend or translate. */
import type { RunStatus } from '~/api/client.ts'
import { formatBytes, formatCount, plural } from './format.ts'

export const statusNames: Record<RunStatus, string> = {
  queued: 'Queued',
  running: 'Running',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
  lost: 'Lost',
}

export const texts = {
  brand: 'Lastwords',
  skip: 'Skip to content',
  nav: { label: 'Main', runs: 'Runs', system: 'System', logOut: 'Log out' },
  startTraining: 'Start training',
  loading: 'Loading…',
  close: 'Close',

  runs: {
    title: 'Runs',
    caption: 'Training runs, newest first',
    all: 'All',
    filters: 'Filter by status',
    search: 'Search runs',
    updated: (ago: string) => `updated ${ago}`,
    older: 'Older',
    newer: 'Newer',
    newest: 'Newest',
    pages: 'Pages of runs',
    causeFilter: (cause: string) => `cause ${cause}`,
    clearFilter: 'Show all',
    noMatch: 'No run matches this filter.',
    columns: {
      run: 'Run',
      status: 'Status',
      why: 'Why / progress',
      model: 'Model',
      samples: 'Samples',
      loss: 'Final loss',
      started: 'Started',
      duration: 'Duration',
    },
  },

  empty: {
    title: 'No runs yet',
    explain: 'Start a training here, or record any command from a shell:',
    command: 'lastwords run -- python train.py',
  },

  examples: {
    title: 'Examples',
    explain: 'One click starts a real run on the demo data.',
    start: 'Start example',
    startNamed: (title: string) => `Start example: ${title}`,
  },

  run: {
    showError: 'Show full error',
    showLess: 'Show less',
    viewError: 'View error',
    errorOf: (run: string) => `Full error of ${run}`,
    ofRun: (run: string) => ` of ${run}`,
    moreCharacters: (count: number) => `+ ${plural(count, 'more character')}`,
    step: (step: number, total: number | null) =>
      `step ${formatCount(step)}${total === null ? '' : ` of ${formatCount(total)}`}`,
    left: (time: string) => `${time} left`,
    stopping: 'Stopping…',
    starting: 'Starting…',
    queue: (position: number | null) =>
      position === null ? 'Waiting in the queue' : `Waiting in the queue, place ${position}`,
    lostExplain: 'How it ended is not known. The log is whole to its last byte.',
    crumb: 'Runs',
    cancel: 'Cancel',
    retry: 'Retry',
    again: 'Run again with changes',
    remove: 'Delete',
    removeTitle: 'Delete this run?',
    removeExplain: (run: string, bytes: number) =>
      `${run} is deleted with its log (${formatBytes(bytes)}), its checkpoints and its adapter. This cannot be undone.`,
    removeKeep: 'Keep it',
    attempt: (number: number) => `Attempt ${number}`,
    stages: 'How far it came',
    failedAfter: 'failed after',
    notReached: 'not reached',
    toCome: 'to come',
    attempts: 'Attempts',
    spec: 'What was asked',
    command: 'Command',
    error: 'Error',
    whatToDo: 'What to do',
    evidence: 'Evidence',
    line: (number: number) => `line ${formatCount(number)}`,
    chain: 'What led to it, oldest first',
    frame: (file: string, line: number, name: string) => `${file}, line ${line}, in ${name}`,
    confidence: {
      proven: 'proven',
      likely: 'likely',
      unknown: 'cause not known',
    },
    log: 'View full log',
    liveLog: 'View log',
  },

  facts: {
    id: 'Run id',
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
    attempt: 'Attempt',
    triggeredBy: 'Started by',
    output: 'Output folder',
    log: 'Log',
  },

  dialog: {
    title: 'Training run error',
    error: 'Complete error',
    loadingError: 'Loading the whole error…',
    copyError: 'Copy error',
    copyReport: 'Copy bug report',
    downloadLog: 'Download log',
    downloadError: 'Download error',
    viewLog: 'View full log',
    size: (lines: number, bytes: number) =>
      `${plural(lines, 'line')} · ${formatBytes(bytes)} · whole`,
    tooLarge: (shown: number) =>
      `This error is too large for a page: its first ${formatBytes(shown)} are shown. Download it, or read it in the log.`,
  },

  copy: {
    copied: 'Copied',
    copiedStatus: (what: string, characters: number) =>
      `${what}: copied, ${plural(characters, 'character')}.`,
    copy: 'Copy',
    failedTitle: 'Not copied',
    failed: 'The browser refused to copy. The text is selected: press Ctrl+C (⌘C on a Mac).',
    area: 'Text to copy',
    download: 'Download it instead',
    loadFailed: (what: string) => `${what} could not be loaded.`,
  },

  log: {
    title: 'Log',
    region: (run: string) => `Log of ${run}`,
    download: 'Download log',
    toRun: 'Back to the run',
    toError: 'Go to the error',
    times: 'Times',
    empty: 'Nothing has been written yet.',
    emptyFinal: 'This run wrote nothing.',
    size: (lines: number, bytes: number) => `${plural(lines, 'line')}, ${formatBytes(bytes)}`,
    following: 'Following',
    paused: 'Not following',
    follow: 'Follow',
    newLines: (count: number) => `${plural(count, 'new line')}`,
    ended: 'Ended',
    restarted: 'This log was begun anew; these are its new lines.',
    keys: 'Home, End and the page keys move. A line number links to its line; with Shift, to a range.',
    lineNumber: (number: number) => `Line ${formatCount(number)}`,
    selected: (count: number) => `${plural(count, 'line')} selected`,
    copyLines: 'Copy lines',
    clear: 'Clear',
    goTo: 'Go to line',
    updates: (count: number) => `${plural(count, 'update')}`,
    goesOn: 'whole line',
    wholeLine: (number: number) => `Line ${formatCount(number)}, whole`,
    loadingLine: 'Loading the whole line…',
  },

  start: {
    title: 'Start training',
    explain: 'Every field is optional; what is left empty is filled in by the server, as shown.',
    again: (run: string) => `With the settings of ${run}`,
    groups: { what: 'What', how: 'How', adapter: 'Adapter', other: 'Other' },
    limits: (low: number | null, high: number | null) => {
      if (low !== null && high !== null) return `${formatCount(low)} to ${formatCount(high)}`
      if (low !== null) return `at least ${formatCount(low)}`
      return high === null ? '' : `at most ${formatCount(high)}`
    },
    serverDefault: 'server default',
    failed: 'It was not started.',
  },

  system: {
    title: 'System',
    settings: 'Settings in force',
    columns: { name: 'Setting', value: 'Value', source: 'From', variable: 'Variable' },
  },

  states: {
    unreachable: 'The server does not answer',
    unreachableExplain: (host: string) =>
      `Nothing answers at ${host}. It is asked again every few seconds; running trainings go on without it.`,
    unreachableCommand: 'lastwords serve',
    stale: (age: string) =>
      `The server does not answer. This is what was known ${age}; asking again.`,
    failedRefresh: (detail: string) => `The server could not answer: ${detail}`,
    retryNow: 'Ask again now',
    loggedOut: 'You are logged out',
    loggedOutExplain:
      'On the machine that runs Lastwords, run this and open the address it prints:',
    loggedOutCommand: 'lastwords url',
    orToken: 'Or paste the token of that address here:',
    token: 'Token',
    logIn: 'Log in',
    notFound: 'There is nothing here',
    notFoundExplain:
      'This address belongs to no page and no run; a run that was deleted is gone for good.',
    toRuns: 'To the runs',
    failed: 'That did not work',
    requestId: (id: string) => `Request ${id}: look for it in the server's own log.`,
    crashed: 'This page broke',
    reload: 'Load it again',
  },
} as const
