/** Everything that changes something on the server; each refetches all queries (main.tsx). */
import { mutationOptions } from '@tanstack/react-query'
import { body, client, type RunSpec, sendLogs } from '~/api/client.ts'

/** 128 random bits; `crypto.randomUUID` is missing on plain http, `getRandomValues` is not. */
function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export const startRun = mutationOptions({
  mutationFn: (spec: RunSpec) => {
    const params = { header: { 'Idempotency-Key': freshKey() } }
    return body(client.POST('/api/training/runs', { body: spec, params }))
  },
})

export const cancelRun = mutationOptions({
  mutationFn: (id: string) =>
    body(client.POST('/api/training/runs/{id}/cancel', { params: { path: { id } } })),
})

export const giveUpRun = mutationOptions({
  mutationFn: (id: string) =>
    body(client.POST('/api/training/runs/{id}/lost', { params: { path: { id } } })),
})

export const retryRun = mutationOptions({
  mutationFn: (id: string) =>
    body(client.POST('/api/training/runs/{id}/retry', { params: { path: { id } } })),
})

/** A retry that makes the change of this number, as the diagnosis counts them. */
export const retryWith = mutationOptions({
  mutationFn: ({ id, fix }: { id: string; fix: number }) =>
    body(client.POST('/api/training/runs/{id}/retry', { params: { path: { id } }, body: { fix } })),
})

export const removeRun = mutationOptions({
  mutationFn: (id: string) =>
    body(client.DELETE('/api/training/runs/{id}', { params: { path: { id } } })),
})

/** One after the other: each is a decision of the server's own, and may be refused alone. */
export const removeRuns = mutationOptions({
  mutationFn: async (ids: string[]) => {
    const refused: string[] = []
    for (const id of ids) {
      try {
        await body(client.DELETE('/api/training/runs/{id}', { params: { path: { id } } }))
      } catch (error) {
        refused.push(`${id}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    return refused
  },
})

export const importLogs = mutationOptions({
  mutationFn: (files: File[]) => {
    const form = new FormData()
    for (const file of files) {
      form.append('files', file, file.name)
      form.append('modified', String(file.lastModified))
    }
    return sendLogs(form)
  },
})

type GroupChange = { id: string; note?: string; owner?: string; resolved?: boolean }

export const changeGroup = mutationOptions({
  mutationFn: ({ id, ...change }: GroupChange) =>
    body(client.PATCH('/api/training/groups/{id}', { params: { path: { id } }, body: change })),
})

export const saveView = mutationOptions({
  mutationFn: (view: { name: string; query: string }) =>
    body(client.POST('/api/training/views', { body: view })),
})

export const removeView = mutationOptions({
  mutationFn: (name: string) =>
    body(client.DELETE('/api/training/views/{path}', { params: { path: { path: name } } })),
})

/** Sends the typed text as both token and password; the server knows which one it uses. */
export const logIn = mutationOptions({
  mutationFn: (typed: string) =>
    body(client.POST('/api/training/login', { body: { token: typed.trim(), password: typed } })),
})

export const logOut = mutationOptions({
  mutationFn: () => body(client.POST('/api/training/logout')),
})
