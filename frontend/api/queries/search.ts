import { queryOptions } from '@tanstack/react-query'
import { body, client } from '~/api/client.ts'
import { whenAway } from './polling.ts'

/** How a query may go on behind what is typed. */
export const completionsQuery = (q: string) =>
  queryOptions({
    queryKey: ['completions', q],
    queryFn: ({ signal }) =>
      body(client.GET('/api/training/runs/completions', { params: { query: { q } }, signal })),
    placeholderData: (previous) => previous,
  })

/** The parameters and metrics that can be columns. */
export const columnsQuery = queryOptions({
  queryKey: ['columns'],
  queryFn: ({ signal }) => body(client.GET('/api/training/runs/columns', { signal })),
})

export const viewsQuery = queryOptions({
  queryKey: ['views'],
  queryFn: ({ signal }) => body(client.GET('/api/training/views', { signal })),
  staleTime: 60_000,
  refetchInterval: whenAway,
})
