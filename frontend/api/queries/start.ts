import { queryOptions } from '@tanstack/react-query'
import { body, client, type RunSpec } from '~/api/client.ts'

/** Checks for what would make a training with exactly these parameters fail. */
export const specCheckQuery = (spec: RunSpec) =>
  queryOptions({
    queryKey: ['doctor', spec],
    queryFn: ({ signal }) => body(client.POST('/api/training/doctor', { body: spec, signal })),
    staleTime: 10_000,
    placeholderData: (previous) => previous,
  })

export const examplesQuery = queryOptions({
  queryKey: ['examples'],
  queryFn: ({ signal }) => body(client.GET('/api/training/examples', { signal })),
  staleTime: 60_000,
})

export const specSchemaQuery = queryOptions({
  queryKey: ['spec-schema'],
  queryFn: ({ signal }) => body(client.GET('/api/training/spec-schema', { signal })),
  staleTime: 60_000,
})
