import type { LogLine } from '~/api/client.ts'
import { lastUpdate } from './ansi.ts'

/** A row shows this much of a line; the rest is one click away. */
const SHOWN = 4_096

/** What a row shows of a line, so that a window of huge lines is not kept whole. */
export type ShownLine = {
  number: number
  text: string
  time: string | null
  /** How often a line was written over, as progress bars do. */
  updates: number
  /** Whether the line is longer than what is shown. */
  cut: boolean
}

export function toShown({ number, text, time, more }: LogLine): ShownLine {
  const last = lastUpdate(text)
  const cut = more || last.text.length > SHOWN
  return { number, text: last.text.slice(0, SHOWN), time, updates: last.updates, cut }
}
