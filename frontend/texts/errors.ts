/** Words of the page of errors. */
import { formatCount, plural } from '~/ui/format.ts'

export const errorsTexts = {
  title: 'Errors',
  explain: 'Failures grouped by exception and place in your code.',
  caption: 'Errors',
  none: 'No run has failed yet.',
  importLabel: 'Import old logs',
  importHere:
    'Drop old logs here, or choose them: each becomes a run that is explained and grouped.',
  importing: 'Importing…',
  importedRuns: 'Show the runs',
  imported: (count: number, causes: Record<string, number>, known: number) => {
    const named = Object.entries(causes).map(([cause, times]) => `${cause} ${times}`)
    const failed = Object.values(causes).reduce((sum, times) => sum + times, 0)
    const before = known > 0 ? `; ${known} imported before` : ''
    const of = named.length > 0 ? ` (${named.join(', ')})` : ''
    return `${plural(count, 'log')} imported: ${failed} failed${of}${before}.`
  },
  columns: {
    error: 'Error',
    trend: 'Last 14 days',
    runs: 'Runs',
    lost: 'Time lost',
    last: 'Last seen',
    owner: 'Owner',
  },
  gpuTime: (time: string) => `GPU time ${time}`,
  search: 'Search errors',
  filter: 'Filter by state',
  filters: { open: 'Open', resolved: 'Resolved', all: 'All' },
  sort: 'Sort by',
  sorts: { last: 'last seen', count: 'number of runs', lost: 'time lost' },
  noMatch: (q: string) => `No errors match “${q}”.`,
  clear: 'Clear search',
  noneOf: { open: 'No open errors.', resolved: 'No resolved errors.', all: 'No errors.' },
  toFirst: 'Back to the first page',
  more: 'More errors',
  trendOf: (days: number[]) =>
    `${formatCount(days.reduce((sum, count) => sum + count, 0))} in the last ${days.length} days, ${formatCount(days.at(-1))} in the last 24 hours`,
  assign: 'Assign',
  ownerHint: 'Name, then Enter',
  ownerOf: (title: string) => `: owner of ${title}`,
  ownedBy: (owner: string) => `Owner: ${owner}`,
  marked: (resolved: boolean, title: string) =>
    `${resolved ? 'Marked as resolved' : 'Reopened'}: ${title}`,
  firstSeen: 'first',
  runs: (count: number) => plural(count, 'run'),
  ofError: (title: string) => ` with ${title}`,
  latest: 'latest',
  states: { resolved: 'Resolved', 'came back': 'Came back' },
  resolvedAt: (time: string) => `Marked as resolved on ${time}`,
  resolve: 'Mark as resolved',
  reopen: 'Reopen',
  of: (title: string) => `: ${title}`,
  addNote: 'Add a note',
  editNote: 'Edit note',
  noteOf: (title: string) => `Note on ${title}`,
  save: 'Save',
  pages: 'Pages of errors',
  failedSince: (count: number) => `${plural(count, 'newer run')} failed the same way`,
  failedBefore: (count: number, day: string) =>
    `${plural(count, 'other run')} ${count === 1 ? 'has' : 'have'} failed the same way since ${day}`,
} as const
