import { queryOptions } from '@tanstack/react-query'
import type { Run, RunPage, RunStatus } from '~/api/client.ts'
import { body, client, isLogin, isNotFound, ProblemError } from '~/api/client.ts'
import type { RunsFilter } from '~/paths.ts'
import { LATER, SELDOM, SOON, whenAway } from './polling.ts'

const PAGE_SIZE = 50
const FINAL: ReadonlySet<RunStatus> = new Set([
  'completed',
  'failed',
  'cancelled',
  'lost',
  'unknown',
])

/** Whether a status can still change. */
export const isFinal = (run: Pick<Run, 'status'>): boolean => FINAL.has(run.status)

/** Whether it can be started again from here: a training, or what an engine was asked to place. */
export const isRetriable = (run: Pick<Run, 'kind' | 'status' | 'executor'>): boolean =>
  isFinal(run) && (run.kind === 'training' || run.executor !== null)

function listInterval(page: RunPage | undefined): number {
  const { running = 0, queued = 0 } = page?.counts ?? {}
  return running + queued > 0 ? SOON : LATER
}

/** Whose days those of a query are. */
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

/** One page of runs, refetched every so often (never while the page is hidden). */
export const runsQuery = (filter: RunsFilter) =>
  queryOptions({
    queryKey: ['runs', filter],
    queryFn: ({ signal }) =>
      body(
        client.GET('/api/training/runs', {
          params: { query: { limit: PAGE_SIZE, sort: 'active', zone, ...filter } },
          signal,
        }),
      ),
    refetchInterval: (query) => listInterval(query.state.data),
    placeholderData: (previous) => previous,
  })

/** What is wrong with a query, in the server's words; undefined if it is another error. */
export const mistakeIn = (error: Error | null): string | undefined =>
  error instanceof ProblemError && error.problem.field === 'q' ? error.message : undefined

const RECENT = 20

/** The newest runs, refetched even while the page is hidden, to notice when one ends. */
export const recentQuery = queryOptions({
  queryKey: ['recent'],
  queryFn: ({ signal }) =>
    body(client.GET('/api/training/runs', { params: { query: { limit: RECENT } }, signal })),
  refetchInterval: (query) => (isLogin(query.state.error) ? false : SELDOM),
  refetchIntervalInBackground: true,
})

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ['run', id],
    queryFn: ({ signal }) =>
      body(client.GET('/api/training/runs/{id}', { params: { path: { id } }, signal })),
    refetchInterval: (query) => {
      const run = query.state.data
      return (run && isFinal(run) && !run.changes?.pending) || isNotFound(query.state.error)
        ? false
        : SOON
    },
  })

const CURVES_EVERY = 3_000

/** The losses of the runs on a page of the list; refetched while one of them is running. */
export const curvesQuery = (runs: Run[]) => {
  const ids = runs
    .filter(
      ({ kind, status, startedAt, finalLoss }) =>
        startedAt && (kind === 'training' || finalLoss !== null || status === 'running'),
    )
    .map(({ id }) => id)
  return queryOptions({
    queryKey: ['curves', ids],
    queryFn: ({ signal }) =>
      body(
        client.GET('/api/training/runs/curves', {
          params: { query: { ids: ids.join(',') } },
          signal,
        }),
      ),
    enabled: ids.length > 0,
    refetchInterval: (query) => (runs.every(isFinal) ? whenAway(query) : CURVES_EVERY),
    placeholderData: (previous) => previous,
  })
}
