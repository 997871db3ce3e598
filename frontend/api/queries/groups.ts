import { queryOptions } from '@tanstack/react-query'
import { body, client } from '~/api/client.ts'
import { SELDOM } from './polling.ts'

export type GroupSort = 'last' | 'count' | 'lost'

type Wanted = {
  q: string
  state: '' | 'open' | 'resolved'
  sort: GroupSort
  cursor: string | undefined
}

/** One page of errors grouped across runs. */
export const groupsQuery = (wanted: Wanted) =>
  queryOptions({
    queryKey: ['groups', wanted],
    queryFn: ({ signal }) =>
      body(client.GET('/api/training/groups', { params: { query: wanted }, signal })),
    refetchInterval: SELDOM,
    placeholderData: (previous) => previous,
  })

export const groupQuery = (id: string) =>
  queryOptions({
    queryKey: ['groups', 'one', id],
    queryFn: ({ signal }) =>
      body(client.GET('/api/training/groups/{id}', { params: { path: { id } }, signal })),
  })
