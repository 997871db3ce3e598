import { mutationOptions } from '@tanstack/react-query'
import { body, client } from '~/api/client.ts'
import { paths } from '~/paths.ts'

/** What a typed list of tags holds; a tag may have blanks in it. */
export const tagsIn = (typed: string): string[] =>
  typed
    .split(',')
    .map((tag) => tag.trim())
    .filter(Boolean)

/** The address of the runs with a label. */
export const labelled = (token: 'tag' | 'project', value: string): string =>
  paths.runs({ q: `${token}:${/\s/.test(value) ? `"${value}"` : value}` })

export type Change = {
  name?: string | null
  note?: string
  starred?: boolean
  labels?: {
    project?: string | null
    tags?: string[]
    addTags?: string[]
    removeTags?: string[]
  }
}

export const changeRun = mutationOptions({
  mutationFn: ({ id, change }: { id: string; change: Change }) =>
    body(client.PATCH('/api/training/runs/{id}', { params: { path: { id } }, body: change })),
})
