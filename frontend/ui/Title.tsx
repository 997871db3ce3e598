import { legible } from '~/log/ansi.ts'
import { useEndings } from './endings.ts'
import { texts } from './texts.ts'

/** The tab's title; in front of it how many runs have ended since somebody last looked. */
export function Title({ text }: { text?: string }) {
  const ended = useEndings()
  const title = text === undefined ? texts.brand : `${legible(text)} · ${texts.brand}`
  return <title>{ended > 0 ? `(${ended}) ${title}` : title}</title>
}
