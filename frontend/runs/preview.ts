import type { Run } from '~/api/client.ts'

type Titled = Pick<Run, 'title' | 'headline'>

const plain = (text: string | null): string => (text ?? '').trim().replace(/\.$/, '')

/** The headline, unless it repeats the title. */
export const headlineOf = (run: Titled): string | null =>
  plain(run.headline) === plain(run.title) ? null : run.headline
