import { paths } from '~/paths.ts'
import { commonTexts, statusNames } from '~/texts/common.ts'
import { paletteTexts as said } from '~/texts/palette.ts'
import { runTexts } from '~/texts/run.ts'

/** One thing the palette goes to. */
export type Command = { name: string; note: string; to: string }

const EVERYWHERE: Command[] = [
  { name: commonTexts.nav.runs, note: said.page, to: paths.runs() },
  { name: commonTexts.nav.errors, note: said.page, to: paths.errors() },
  { name: commonTexts.nav.system, note: said.page, to: paths.system() },
  { name: commonTexts.startTraining, note: said.page, to: paths.start() },
  { name: said.only(statusNames.failed), note: said.page, to: paths.runs({ status: 'failed' }) },
  { name: said.only(statusNames.running), note: said.page, to: paths.runs({ status: 'running' }) },
]

/** What can be gone to from an address: of a run also its log, and its settings in the form. */
export function commandsFor(path: string): Command[] {
  const id = /^\/runs\/([^/]+)/.exec(path)?.[1]
  if (!id) return EVERYWHERE
  const ofRun = [
    { name: runTexts.viewLog, note: id, to: paths.log(id) },
    { name: said.runPage, note: id, to: paths.run(id) },
    { name: runTexts.again, note: id, to: paths.start(id) },
  ]
  return [...ofRun.filter(({ to }) => to !== path), ...EVERYWHERE]
}

/** Those that hold every word that was typed, in any case. */
export function matching(commands: Command[], typed: string): Command[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  return commands.filter(({ name, note }) => {
    const text = `${name} ${note}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}
