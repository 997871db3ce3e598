/** Words of a run of several ranks. */
import { plural } from '~/ui/format.ts'

export const rankTexts = {
  ranks: 'Ranks',
  logs: 'Logs of the ranks',
  rank: (rank: number) => `Rank ${rank}`,
  merged: 'Merged',
  place: (rank: number, line: number) => `Rank ${rank}, line ${line}`,
  onlyShown: (lines: number) =>
    `Merged by time for display: the last ${plural(lines, 'line')} of all ranks. Each rank has a log of its own, which is exact.`,
  log: 'Log',
  missing: 'never joined',
  silent: 'out of contact',
  first: 'failed first',
  failedFirst: (rank: number, host: string | null, of: number) =>
    `Rank ${rank} of ${of} failed first${host ? `, on ${host}` : ''}.`,
} as const
