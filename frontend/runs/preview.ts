import type { Run } from '~/api/client.ts'

type Said = Pick<Run, 'title' | 'headline' | 'errorPreview'>
type Titled = Pick<Said, 'title' | 'headline'>

const OPENING = /^Traceback \(most recent call last\):\s*/
/** Enough of a headline to recognise it where the preview is cut off. */
const TELLING = 16

const plain = (text: string | null): string => (text ?? '').trim().replace(/\.$/, '')

/** The headline, unless it repeats the title. */
export const headlineOf = (run: Titled): string | null =>
  plain(run.headline) === plain(run.title) ? null : run.headline

/** What the first line of an error adds to the headline: mostly the place it was raised at. */
export function beginningOf({ headline, errorPreview }: Said): string {
  const preview = (errorPreview ?? '').replace(OPENING, '')
  const at = headline ? preview.indexOf(headline.slice(0, TELLING)) : -1
  const rest =
    at === 0 ? preview.slice(headline?.length) : preview.slice(0, at < 0 ? undefined : at)
  return rest.trim().split('\n')[0] ?? ''
}
