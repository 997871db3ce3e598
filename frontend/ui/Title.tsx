import { legible } from '~/log/ansi.ts'
import { commonTexts } from '~/texts/common.ts'
import { useEndings } from './endings.ts'

/** The tab's title; in front of it how many runs have ended since somebody last looked. */
export function Title({ text }: { text?: string }) {
  const ended = useEndings()
  const title = text === undefined ? commonTexts.brand : `${legible(text)} · ${commonTexts.brand}`
  return <title>{ended > 0 ? `(${ended}) ${title}` : title}</title>
}
