import { paths } from '~/paths.ts'
import { commonTexts, statusNames } from '~/texts/common.ts'
import { paletteTexts as said, themeTexts } from '~/texts/palette.ts'
import { runTexts } from '~/texts/run.ts'
import { setTheme, THEMES } from '~/ui/theme.ts'

/** One entry of the palette: where it goes, or what it does. */
export type Command = { name: string; note: string } & ({ to: string } | { act: () => void })

const EVERYWHERE: Command[] = [
  { name: commonTexts.nav.runs, note: said.page, to: paths.runs() },
  { name: commonTexts.nav.errors, note: said.page, to: paths.errors() },
  { name: commonTexts.nav.system, note: said.page, to: paths.system() },
  { name: said.compareRuns, note: said.page, to: paths.compare([]) },
  { name: commonTexts.startTraining, note: said.page, to: paths.start() },
  { name: said.only(statusNames.failed), note: said.page, to: paths.runs({ status: 'failed' }) },
  { name: said.only(statusNames.running), note: said.page, to: paths.runs({ status: 'running' }) },
  ...THEMES.map((theme) => ({
    name: themeTexts.use[theme],
    note: said.theme,
    act: () => setTheme(theme),
  })),
]

/** Where one can go from a page; from a run also to its log and to the form with its parameters. */
export function commandsFor(path: string): Command[] {
  const id = /^\/runs\/([^/]+)/.exec(path)?.[1]
  if (!id) return EVERYWHERE
  const ofRun = [
    { name: runTexts.viewLog, note: id, to: paths.log(id) },
    { name: said.runPage, note: id, to: paths.run(id) },
    { name: runTexts.again, note: id, to: paths.start(id) },
    { name: said.compare, note: id, to: paths.compare([id]) },
  ]
  return [...ofRun.filter(({ to }) => to !== path), ...EVERYWHERE]
}

/** The commands that contain every typed word, in any case. */
export function matching(commands: Command[], typed: string): Command[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  return commands.filter(({ name, note }) => {
    const text = `${name} ${note}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

/** What was found, with what is called by every typed word before what only holds it elsewhere. */
export function calledFirst(found: Command[], typed: string): Command[] {
  const called = new Set(matching(found, typed))
  return [...called, ...found.filter((each) => !called.has(each))]
}
