/** Words of the page that compares runs, and of where it is begun. */
import type { Change } from '~/api/client.ts'
import { plural } from '~/ui/format.ts'

export const MOST_COMPARED = 8

export const compareTexts = {
  title: 'Compare',
  titleOf: (count: number) => `Compare ${plural(count, 'run')}`,
  choose: 'Compare with…',
  addRun: 'Add a run',
  searchRuns: 'Search runs, e.g. llama status:failed',
  found: 'Runs to compare with',
  add: (run: string) => `Compare with ${run}`,
  noneFound: 'No runs match.',
  full: 'Eight runs are the most that can be compared.',
  remove: (run: string) => `Take ${run} out of the comparison`,
  one: 'Add a second run, and what is different appears here.',
  none: 'Choose the runs to compare, here or with the checkboxes in the list of runs.',
  runs: 'Runs',
  property: 'Property',
  differences: 'Differences',
  noDifference: 'No differences in parameters, code, data, packages, machine or variables.',
  showSame: (count: number) =>
    `Show ${plural(count, 'parameter')} that ${count === 1 ? 'is' : 'are'} the same`,
  hideSame: 'Hide what is the same',
  results: 'Results',
  best: 'best',
  errors: 'Errors',
  sameError: 'Same error as the first one',
  fullError: 'Full error',
  code: 'Code',
  binary: 'a binary file',
  leftOut: (lines: number) => `${plural(lines, 'more line')} not shown`,
  file: (path: string, added: number, removed: number) => `${path} +${added} −${removed}`,
  codeOf: (path: string) => `Changes in ${path}`,
  failed: 'in the traceback',
  unknown: (what: string) => `Not known: ${what}.`,
  result: {
    status: 'Status',
    cause: 'Cause',
    loss: 'Final loss',
    step: 'Steps',
    duration: 'Duration',
    started: 'Started',
    exitCode: 'Exit code',
  },
} as const

/** Headings of what can differ. */
export const kindNames: Record<Change['kind'], string> = {
  settings: 'Parameters',
  packages: 'Packages',
  code: 'Code',
  data: 'Data',
  machine: 'Machine',
  variables: 'Environment variables',
}
