/** Words of the list of runs. */
import { formatCount, plural, unbroken } from '~/ui/format.ts'

export const runsTexts = {
  title: 'Runs',
  caption: 'Runs',
  all: 'All',
  filters: 'Filter by status',
  search: 'Search runs',
  searchHint: 'Search runs, e.g. llama status:failed lr:<1e-4',
  completions: 'Completions',
  when: 'Started',
  anyTime: 'Any time',
  ownTime: 'Other times',
  spans: {
    today: 'Today',
    yesterday: 'Yesterday',
    week: 'Last 7 days',
    month: 'Last 30 days',
  },
  shown: (count: number, total: number) =>
    count === total ? plural(total, 'run') : `${formatCount(count)} of ${plural(total, 'run')}`,
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
  sortBy: (column: string) => `Sort by ${column.toLowerCase()}`,
  columns: {
    run: 'Run',
    status: 'Status',
    cause: 'Cause / progress',
    model: 'Model',
    samples: 'Samples',
    loss: 'Loss',
    started: 'Started',
    duration: 'Duration',
  },
} as const

export const bulkTexts = {
  label: 'Selected runs',
  select: (run: string) => `Select ${run}`,
  selectAll: 'Select all runs on this page',
  compare: 'Compare',
  noCompare: 'Select two to eight runs to compare them.',
  selected: (count: number) => `${plural(count, 'run')} selected`,
  retry: (count: number) => `Retry ${formatCount(count)}`,
  noRetry:
    'Only trainings and placed runs that failed, were lost or were cancelled can be retried here.',
  remove: (count: number) => `Delete ${formatCount(count)}`,
  retried: (count: number) => `Retrying ${plural(count, 'run')}.`,
  removed: (count: number) => `Deleted ${plural(count, 'run')}.`,
  removeTitle: (count: number) => `Delete ${plural(count, 'run')}?`,
  removeExplain: (count: number, bytes: string) =>
    count === 1
      ? `Deletes its log (${unbroken(bytes)}), checkpoints and adapter. This can’t be undone.`
      : `Deletes their logs (${unbroken(bytes)}), checkpoints and adapters. This can’t be undone.`,
} as const

export const emptyTexts = {
  title: 'No runs yet',
  explain: 'Start a training here, or record any command from a shell:',
  command: 'lastwords run -- python train.py',
} as const

export const columnTexts = {
  open: 'Columns',
  title: 'Columns',
  filter: 'Find a parameter or metric',
  parameters: 'Parameters',
  metrics: 'Metrics',
} as const

export const viewTexts = {
  label: 'Saved views',
  all: 'All runs',
  save: 'Save view',
  title: 'Save this view',
  name: 'Name',
  explain:
    'Keeps the search, filters, order and columns under a name, for everyone on this server.',
  keep: 'Save',
  remove: (name: string) => `Delete the view ${name}`,
  removed: (name: string) => `Deleted the view ${name}.`,
} as const
