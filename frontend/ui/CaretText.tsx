import { AnsiText } from '~/log/AnsiText.tsx'
import css from './TextBlock.module.css'

/** A line of code with the carets below it, as Python marks what failed. */
const MARKED = /^.*\n[ \t|]*[~^]+(?: *[~^]+)*$/gm

/** [start, end) of the text; a marked one is as wide as it is, so that carets stay below their word. */
export type Part = { start: number; end: number; marked: boolean }

/** The text in parts; joined, they are the text. */
export function marksOf(text: string): Part[] {
  const parts: Part[] = []
  let at = 0
  for (const found of text.includes('^') ? text.matchAll(MARKED) : []) {
    const end = found.index + found[0].length
    if (found.index > at) parts.push({ start: at, end: found.index, marked: false })
    parts.push({ start: found.index, end, marked: true })
    at = end
  }
  if (at < text.length || at === 0) parts.push({ start: at, end: text.length, marked: false })
  return parts
}

/** A program's text that wraps, but for code and the carets below it: they scroll instead. */
export function CaretText({ text, start }: { text: string; start: number }) {
  return marksOf(text).map((part) => {
    const words = <AnsiText text={text.slice(part.start, part.end)} start={start + part.start} />
    return (
      <span key={part.start} className={part.marked ? css.marked : undefined}>
        {words}
      </span>
    )
  })
}
