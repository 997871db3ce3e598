/** Words of a log. */
import { formatBytes, formatCount, plural } from '~/ui/format.ts'

export const logTexts = {
  title: 'Log',
  region: (run: string) => `Log of ${run}`,
  download: 'Download log',
  toError: 'Jump to error',
  find: 'Find',
  findInLog: 'Find in log',
  times: 'Timestamps',
  wrap: 'Wrap',
  wrapOn: 'Wrap lines',
  wrapOff: 'Do not wrap lines',
  timesOn: 'Show timestamps',
  timesOff: 'Hide timestamps',
  more: 'More options',
  tail: (shown: number, total: number, live: boolean) =>
    shown < total
      ? `${live ? 'latest' : 'last'} ${shown} of ${plural(total, 'line')}`
      : plural(total, 'line'),
  tailOf: (run: string) => `Last lines of the log of ${run}`,
  empty: 'No output yet.',
  emptyFinal: 'This run printed nothing.',
  size: (lines: number, bytes: number) => `${plural(lines, 'line')}, ${formatBytes(bytes)}`,
  following: 'Following',
  paused: 'Not following',
  follow: 'Follow',
  newLines: (count: number) => plural(count, 'new line'),
  hint: 'Click a line number to link to it, Shift-click for a range · / find · ? shortcuts',
  searching: 'Searching…',
  noMatches: 'No matches',
  matches: (at: number, total: number, line: number | null) =>
    `${formatCount(at)} of ${total === 1 ? '1 match' : `${formatCount(total)} matches`}${
      line === null ? '' : `, line ${formatCount(line)}`
    }`,
  noErrors: 'No error lines found.',
  errorAt: (at: number, total: number, line: number | null) =>
    `Error ${formatCount(at)} of ${formatCount(total)}, line ${formatCount(line)}`,
  exactCase: 'Match case',
  regex: 'Regular expression',
  previous: 'Previous',
  next: 'Next',
  tooMany: 'Too much to copy at once: download the log instead.',
  counting: 'Counting lines…',
  gone: 'The log is gone: its file was deleted or emptied. What was loaded before is still shown.',
  restarted: 'The log was restarted; showing the new one.',
  shrunk: 'The log was truncated; showing what is left.',
  /** As the row shows the number, so that it can be called by what is seen (axe). */
  lineNumber: (number: number) => `Line ${number}`,
  endsBefore: (line: number) => `This log ends before line ${formatCount(line)}.`,
  lines: (count: number) => plural(count, 'line'),
  selected: (count: number) => `${plural(count, 'line')} selected`,
  copyLines: 'Copy lines',
  goTo: 'Go to line',
  updates: (count: number, about: boolean) => `${about ? 'about ' : ''}${plural(count, 'update')}`,
  showFullLine: 'Show full line',
  fullLine: (number: number) => `Line ${formatCount(number)}`,
  loadingLine: 'Loading the full line…',
  lineTooLarge: (shown: number) =>
    `This line is too large to show in full; here are its first ${formatBytes(shown)}. Download the log to read the rest.`,
} as const
