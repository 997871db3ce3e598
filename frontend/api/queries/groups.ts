import { queryOptions } from '@tanstack/react-query'
import { body, client } from '~/api/client.ts'
import { SELDOM } from './polling.ts'

/** One page of errors grouped across runs, most recent first. */
export const groupsQuery = (cursor: string | undefined) =>
  queryOptions({
    queryKey: ['groups', cursor],
    queryFn: ({ signal }) =>
      body(client.GET('/api/training/groups', { params: { query: { cursor } }, signal })),
    refetchInterval: SELDOM,
    placeholderData: (previous) => previous,
  })

export const groupQuery = (id: string) =>
  queryOptions({
    queryKey: ['groups', 'one', id],
    queryFn: ({ signal }) =>
      body(client.GET('/api/training/groups/{id}', { params: { path: { id } }, signal })),
  })
