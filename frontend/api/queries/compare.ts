import { queryOptions } from '@tanstack/react-query'
import { body, client } from '~/api/client.ts'
import { LATER, SOON, whenAway } from './polling.ts'
import { isFinal } from './runs.ts'

/** Several runs in a table; refetched while one of them is running. */
export const runTableQuery = (ids: string[]) =>
  queryOptions({
    queryKey: ['compare', ids],
    queryFn: ({ signal }) =>
      body(
        client.GET('/api/training/runs/compare', {
          params: { query: { ids: ids.join(',') } },
          signal,
        }),
      ),
    enabled: ids.length > 0,
    placeholderData: (previous) => previous,
    refetchInterval: (query) =>
      query.state.data?.runs.every(isFinal) === false ? LATER : whenAway(query),
  })

/** The code of two runs side by side: what is different in `id` from `earlier`. */
export const comparisonQuery = (id: string, earlier: string) =>
  queryOptions({
    queryKey: ['run', id, 'changes', earlier],
    queryFn: ({ signal }) =>
      body(
        client.GET('/api/training/runs/{id}/changes', {
          params: { path: { id }, query: { with: earlier } },
          signal,
        }),
      ),
    refetchInterval: (query) => query.state.data?.pending && SOON,
  })
