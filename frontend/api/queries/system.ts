import { queryOptions } from '@tanstack/react-query'
import { body, client } from '~/api/client.ts'
import { LATER, SELDOM, whenAway } from './polling.ts'

/** One page of the audit log, newest first. */
export const auditQuery = (cursor: string | undefined) =>
  queryOptions({
    queryKey: ['audit', cursor],
    queryFn: ({ signal }) =>
      body(client.GET('/api/training/audit', { params: { query: { cursor } }, signal })),
    placeholderData: (previous) => previous,
  })

/** The health of the server. */
export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: ({ signal }) => body(client.GET('/api/training/health', { signal })),
  refetchInterval: SELDOM,
})

/** How much disk space Lastwords uses. */
export const storageQuery = queryOptions({
  queryKey: ['storage'],
  queryFn: ({ signal }) => body(client.GET('/api/training/storage', { signal })),
  staleTime: 10_000,
  refetchInterval: (query) => (query.state.data?.homeBytes === null ? LATER : whenAway(query)),
})

export const configQuery = queryOptions({
  queryKey: ['config'],
  queryFn: ({ signal }) => body(client.GET('/api/training/config', { signal })),
})

/** Checks for what would make a training with the server's defaults fail. */
export const doctorQuery = queryOptions({
  queryKey: ['doctor'],
  queryFn: ({ signal }) => body(client.GET('/api/training/doctor', { signal })),
  staleTime: 10_000,
})
