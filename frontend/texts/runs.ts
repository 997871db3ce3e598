/** Words of the list of runs. */
import { formatCount, plural } from '~/ui/format.ts'

export const runsTexts = {
  title: 'Runs',
  caption: 'Training runs, newest first',
  all: 'All',
  filters: 'Filter by status',
  search: 'Search runs',
  updated: (ago: string) => `Updated ${ago}`,
  pages: 'Pages of runs',
  causeFilter: 'Cause:',
  modelFilter: 'Model:',
  flagFilter: 'Flag:',
  withFlag: (flag: string) => `Show all runs flagged “${flag}”`,
  errorFilter: 'Same error:',
  removeFilter: ', remove this filter',
  ofModel: (model: string) => `Show all runs of ${model}`,
  noMatch: (q: string | undefined) =>
    q === undefined ? 'No runs match these filters.' : `No runs match “${q}”.`,
  clearSearch: 'Clear search',
  clearFilters: 'Clear filters',
  columns: {
    run: 'Run',
    status: 'Status',
    cause: 'Cause / progress',
    model: 'Model',
    samples: 'Samples',
    loss: 'Final loss',
    started: 'Started',
    duration: 'Duration',
  },
} as const

export const bulkTexts = {
  label: 'Selected runs',
  select: (run: string) => `Select ${run}`,
  selected: (count: number) => `${plural(count, 'run')} selected`,
  retry: (count: number) => `Retry ${formatCount(count)}`,
  noRetry: 'Only trainings that failed, were lost or were cancelled can be retried here.',
  remove: (count: number) => `Delete ${formatCount(count)}`,
  removeTitle: (count: number) => `Delete ${plural(count, 'run')}?`,
  removeExplain: (bytes: string) =>
    `Deletes their logs (${bytes}), checkpoints and adapters. This can’t be undone.`,
} as const

export const emptyTexts = {
  title: 'No runs yet',
  explain: 'Start a training here, or record any command from a shell:',
  command: 'lastwords run -- python train.py',
} as const
