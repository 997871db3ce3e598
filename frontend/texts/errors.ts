/** Words of the page of errors. */
import { plural } from '~/ui/format.ts'

export const errorsTexts = {
  title: 'Errors',
  explain: 'Failures grouped by exception and place in your code.',
  caption: 'Errors, most recent first',
  none: 'No run has failed yet.',
  columns: { error: 'Error', seen: 'Seen', runs: 'Runs', note: 'Note' },
  firstSeen: 'First seen',
  lastSeen: 'Last seen',
  runs: (count: number) => plural(count, 'run'),
  ofError: (title: string) => ` with ${title}`,
  latest: 'Latest:',
  states: { open: 'Open', resolved: 'Resolved', 'came back': 'Came back' },
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
