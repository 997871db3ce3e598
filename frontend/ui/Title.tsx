import { legible } from '~/log/ansi.ts'
import { commonTexts } from '~/texts/common.ts'
import { useEndings } from './endings.ts'

/** The tab's title, with the number of runs that ended since the page was last seen. */
export function Title({ text }: { text?: string }) {
  const ended = useEndings()
  const title = text === undefined ? commonTexts.brand : `${legible(text)} · ${commonTexts.brand}`
  return <title>{ended > 0 ? `(${ended}) ${title}` : title}</title>
}
