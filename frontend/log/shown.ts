import type { LogLine } from '~/api/client.ts'
import { lastUpdate } from './ansi.ts'

/** A row shows this much of a line; the rest is one click away. */
const SHOWN = 4_096

/** What a row shows of a line, so that a window of huge lines is not kept whole. */
export type ShownLine = {
  number: number
  text: string
  time: string | null
  /** How often the line was overwritten, as by a progress bar; an estimate if `about` is true. */
  updates: number
  about: boolean
  /** Whether the line is longer than what is shown. */
  cut: boolean
}

export function toShown({ number, text, time, more }: LogLine): ShownLine {
  const last = lastUpdate(text)
  const cut = more || last.text.length > SHOWN
  return { number, text: last.text.slice(0, SHOWN), time, updates: last.updates, about: more, cut }
}

/** Whether a huge line was overwritten, so that its latest text is not in its beginning. */
export const isWrittenOver = ({ text, more }: LogLine): boolean => more && text.includes('\r')

/** Shows a line of `bytes` bytes, overwritten too often to be read whole, by its end. */
export function withEnd(shown: ShownLine, line: LogLine, end: string, bytes: number): ShownLine {
  const last = lastUpdate(end.replace(/\n$/, ''))
  if (last.updates < 2 || last.text.length > SHOWN) return shown
  const updates = Math.round((shown.updates * bytes) / line.text.length)
  return { ...shown, text: last.text, updates, cut: false }
}
