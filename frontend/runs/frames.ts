/** A Python traceback cut into what is one's own and what is a library's; nothing is left out. */

const FRAME = /^[\s|]*File "([^"\n]+)", line \d+(?:, in .*)?$/
const LIBRARY = /(?:site|dist)-packages|[/\\]lib[/\\]python3|<frozen |[/\\]torch[/\\]distributed/
const PACKAGE = /(?:site|dist)-packages[/\\]([^/\\]+)/

/** [start, end) of the text; `frames` and `where` say what a folded part holds. */
export type Part = {
  kind: 'text' | 'own' | 'library'
  start: number
  end: number
  frames: number
  where: string[]
}

type Line = { text: string; start: number; end: number }

function* linesOf(text: string): Generator<Line> {
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start)
    const end = newline === -1 ? text.length : newline + 1
    yield { text: text.slice(start, newline === -1 ? end : newline), start, end }
    start = end
  }
}

/** How far a line is indented, after the gutter that exception groups draw. */
const indent = (line: string) => /^[\s|]*/.exec(line)?.[0].length ?? 0

const nameOf = (file: string): string =>
  PACKAGE.exec(file)?.[1] ?? (file.startsWith('<frozen') ? 'frozen modules' : 'Python')

function joined(parts: Part[], next: Part): void {
  const last = parts.at(-1)
  if (!last || last.kind !== next.kind || next.kind === 'own') {
    parts.push(next)
    return
  }
  last.end = next.end
  last.frames += next.frames
  last.where = Array.from(new Set([...last.where, ...next.where]))
}

/** The parts of a traceback in order; joined, they are the text. */
export function partsOf(text: string): Part[] {
  const parts: Part[] = []
  let depth: number | null = null
  for (const { text: line, start, end } of linesOf(text)) {
    const file = FRAME.exec(line)?.[1]
    if (file !== undefined) {
      const library = LIBRARY.test(file)
      const where = library ? [nameOf(file)] : []
      depth = indent(line)
      joined(parts, { kind: library ? 'library' : 'own', start, end, frames: 1, where })
    } else if (depth !== null && indent(line) > depth && parts.length > 0) {
      const last = parts.at(-1)
      if (last) last.end = end
    } else {
      depth = null
      joined(parts, { kind: 'text', start, end, frames: 0, where: [] })
    }
  }
  return parts
}

/** Whether folding would hide something and leave something. */
export const isFoldable = (parts: Part[]): boolean =>
  parts.some(({ kind }) => kind === 'library') && parts.some(({ kind }) => kind !== 'library')
