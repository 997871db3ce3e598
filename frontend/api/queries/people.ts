import { mutationOptions, queryOptions } from '@tanstack/react-query'
import { body, client, type Person } from '~/api/client.ts'

export type Role = Person['role']
export const ROLES: Role[] = ['viewer', 'operator', 'admin']

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

/** Who may log in with a token of their own. */
export const peopleQuery = queryOptions({
  queryKey: ['people'],
  queryFn: ({ signal }) => body(client.GET('/api/training/people', { signal })),
})

export const addPerson = mutationOptions({
  mutationFn: (person: { name: string; role: Role }) =>
    body(client.POST('/api/training/people', { body: person })),
})

export const changeRole = mutationOptions({
  mutationFn: ({ name, role }: { name: string; role: Role }) =>
    body(
      client.PATCH('/api/training/people/{name}', { params: { path: { name } }, body: { role } }),
    ),
})

export const removePerson = mutationOptions({
  mutationFn: (name: string) =>
    body(client.DELETE('/api/training/people/{name}', { params: { path: { name } } })),
})
