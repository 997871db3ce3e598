/** Words of the page of the system: checks, health, storage, settings, audit. */
import { formatCount, plural, unbroken } from '~/ui/format.ts'

export const systemTexts = {
  title: 'System',
  checks: 'Checks',
  checksExplain: 'Problems that would make a training fail. In a shell:',
  checksCommand: 'lastwords doctor',
  checkAgain: 'Check again',
  verdicts: { ok: 'OK', warn: 'Warning', fail: 'Failed' },
  notify: 'Notify me in this browser when a run finishes',
  notifyDenied: 'The browser blocks notifications from this page.',
  settings: 'Settings',
  parts: {
    health: 'Health',
    storage: 'Storage',
    settings: 'Settings',
    people: 'People',
    audit: 'Audit log',
  },
  partsLabel: 'Parts of the system page',
  passed: (count: number) => `${plural(count, 'check')} passed`,
  columns: { name: 'Setting', value: 'Value', source: 'Source', variable: 'Variable' },
} as const

export const healthTexts = {
  title: 'Server health',
  lastCheck: 'Last check',
  notYet: 'not yet',
  ago: (time: string) => `${time} ago`,
  late: 'Runs are not being checked: the server is overloaded, or its disk does not respond.',
  readOnly: (why: string) => `Runs are shown, but none can be started: ${why}`,
  queueRunBy: 'Queue is run by',
  thisServer: 'this server',
  otherServer: 'another server with this home',
  running: 'Running now',
  queued: 'Queued',
  runs: (count: number) => plural(count, 'run'),
  troubled: 'Recorders with errors',
  lastwords: 'Lastwords',
  python: 'Python',
  sqlite: 'SQLite',
  system: 'Operating system',
} as const

export const storageTexts = {
  title: 'Storage',
  used: 'Used by Lastwords',
  calculating: 'calculating…',
  free: 'Free on disk',
  largest: 'Largest runs',
  columns: { run: 'Run', status: 'Status', finished: 'Finished', size: 'Size' },
  onlyFolder: 'not in the list',
  select: (run: string) => `Select ${run}`,
  selectAll: 'Select all that have ended',
  remove: (count: number, bytes: string) => `Delete ${formatCount(count)} · frees ${bytes}`,
  freeUp: (bytes: string) => `Free up ${unbroken(bytes)}…`,
  nothing: 'Nothing to delete',
  list: 'Show the largest runs',
  removeTitle: (count: number) => `Delete ${plural(count, 'run')}?`,
  removeExplain: (count: number, bytes: string) =>
    count === 1
      ? `Deletes its log, checkpoints and adapter, and frees ${unbroken(bytes)}. This can’t be undone.`
      : `Deletes their logs, checkpoints and adapters, and frees ${unbroken(bytes)}. This can’t be undone.`,
  keep: 'Keep runs',
  removed: (count: number, bytes: string) => `Deleted ${plural(count, 'run')}, freed ${bytes}.`,
  retention: 'Retention',
  keepAll: 'keep all',
  keepRuns: (count: number) => `keep the newest ${plural(count, 'run')}`,
  keepDays: (days: number) => `keep for ${plural(days, 'day')}`,
} as const

export const auditTexts = {
  title: 'Audit log',
  none: 'No activity yet.',
  columns: { time: 'Time', action: 'Action', who: 'User', run: 'Run', outcome: 'Result' },
} as const
