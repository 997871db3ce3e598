import { mutationOptions, queryOptions } from '@tanstack/react-query'
import { body, client } from '~/api/client.ts'

/** The read-only links to a run that are still good. */
export const linksQuery = (id: string) =>
  queryOptions({
    queryKey: ['run', id, 'links'],
    queryFn: ({ signal }) =>
      body(client.GET('/api/training/runs/{id}/links', { params: { path: { id } }, signal })),
  })

export const makeLink = mutationOptions({
  mutationFn: ({ id, days }: { id: string; days: number }) =>
    body(
      client.POST('/api/training/runs/{id}/links', { params: { path: { id } }, body: { days } }),
    ),
})

export const revokeLink = mutationOptions({
  mutationFn: (path: { id: string; link: string }) =>
    body(client.DELETE('/api/training/runs/{id}/links/{link}', { params: { path } })),
})
