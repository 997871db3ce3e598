/**
 * A line as a terminal would show it, as tokens that cannot do harm.
 *
 * Covered: SGR colours and styles (16, 256, true colour). Every other escape sequence becomes one
 * visible mark and does nothing; control characters become their pictures; characters that reorder
 * or hide text become chips with their code point (CVE-2021-42574).
 * Not covered: moving the cursor. `\r` is folded by `lastUpdate`, not here.
 */
// biome-ignore-all lint/suspicious/noControlCharactersInRegex: they are what is looked for

export type Style = {
  fg?: string
  bg?: string
  bold?: boolean
  dim?: boolean
  italic?: boolean
  underline?: boolean
  strike?: boolean
  inverse?: boolean
}

/** A piece of the line; [start, end) is where it stands in the source text. */
export type Token =
  | { kind: 'text'; text: string; start: number; end: number; style: Style | null }
  | { kind: 'mark'; text: string; title: string; start: number; end: number }

const SPECIAL =
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/
const NEXT = new RegExp(`\\n|${SPECIAL.source}`, 'g')

const CSI = /(?:\x1b\[|\x9b)([0-?]*)[ -/]*([@-~]?)/y
const STRING = /(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)/y
const SHORT = /\x1b[ -/]*[0-Z\\^-~]/y

/** Whether a text holds anything but plain characters, tabs and newlines. */
export const isSpecial = (text: string): boolean => SPECIAL.test(text)

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

const code = (character: string) =>
  `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`

const C0 =
  'NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI ' +
  'DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US'
const C0_NAMES = C0.split(' ')

/** The name shown for a special character: ASCII control codes by name, others by code point. */
function nameOf(character: string): string {
  const value = character.charCodeAt(0)
  return C0_NAMES[value] ?? (value === 0x7f ? 'DEL' : code(character))
}

/** Text for where no element can stand (a tab's title), with special characters named. */
export const legible = (text: string): string =>
  text.replace(NEXT, (character) => `<${nameOf(character)}>`)

function mark(text: string, start: number, end: number): Token {
  const first = text[start] ?? ''
  const rest = JSON.stringify(text.slice(start, Math.min(end, start + 80)))
  const title = end - start > 1 ? `escape sequence ${rest}` : code(first)
  return { kind: 'mark', text: nameOf(first), title, start, end }
}

/** Cuts `text` into tokens; the style is reset on every line, so that lines can be drawn alone. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let style: Style | null = null
  let plain = 0
  const flush = (end: number) => {
    if (end > plain)
      tokens.push({ kind: 'text', text: text.slice(plain, end), start: plain, end, style })
  }
  NEXT.lastIndex = 0
  for (let found = NEXT.exec(text); found; found = NEXT.exec(text)) {
    const at = found.index
    const sgr = matchAt(CSI, text, at)
    let end = at + 1
    if (found[0] === '\n') {
      flush(end)
      style = null
    } else {
      flush(at)
      end = endOfSpecial(text, at, sgr)
      if (sgr?.[2] === 'm' && /^[\d;:]*$/.test(sgr[1] ?? '')) style = applySgr(style, sgr[1] ?? '')
      else if (!isLineEnd(text, at)) tokens.push(mark(text, at, end))
    }
    plain = end
    NEXT.lastIndex = end
  }
  flush(text.length)
  return tokens
}

/** A carriage return that only ends a line shows nothing, as in every terminal. */
function isLineEnd(text: string, at: number): boolean {
  return text[at] === '\r' && (at + 1 === text.length || text[at + 1] === '\n')
}

/** Where the special thing at `at` ends: a whole sequence, or one character if it never closes. */
function endOfSpecial(text: string, at: number, csi: RegExpExecArray | null): number {
  const sequence = csi ?? matchAt(STRING, text, at) ?? matchAt(SHORT, text, at)
  return sequence ? at + sequence[0].length : at + 1
}

const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white']

/** `red`, `bright-red`, or a CSS colour for the 240 others. */
function indexed(index: number): string {
  if (index < 8) return NAMES[index] ?? 'white'
  if (index < 16) return `bright-${NAMES[index - 8]}`
  if (index > 231) {
    const grey = 8 + 10 * (index - 232)
    return `rgb(${grey} ${grey} ${grey})`
  }
  const level = (value: number) => (value === 0 ? 0 : 55 + 40 * value)
  const cube = index - 16
  return `rgb(${level(Math.floor(cube / 36))} ${level(Math.floor(cube / 6) % 6)} ${level(cube % 6)})`
}

/** The colour after a 38 or 48, taken from the front of `rest`. */
function extended(rest: number[]): string | undefined {
  const kind = rest.shift()
  if (kind === 5) return indexed(Math.min(rest.shift() ?? 0, 255))
  if (kind !== 2) return undefined
  const [red = 0, green = 0, blue = 0] = rest.splice(0, 3)
  return `rgb(${red} ${green} ${blue})`
}

const SWITCHES: Record<number, Partial<Style>> = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { underline: true },
  7: { inverse: true },
  9: { strike: true },
  22: { bold: false, dim: false },
  23: { italic: false },
  24: { underline: false },
  27: { inverse: false },
  29: { strike: false },
}

function without(style: Style, key: 'fg' | 'bg'): Style {
  const { [key]: _, ...rest } = style
  return rest
}

function applyCode(style: Style, value: number, rest: number[]): Style {
  if (value === 0) return {}
  if (value in SWITCHES) return { ...style, ...SWITCHES[value] }
  if (value === 39) return without(style, 'fg')
  if (value === 49) return without(style, 'bg')
  const key = (value >= 30 && value <= 38) || (value >= 90 && value <= 97) ? 'fg' : 'bg'
  if (value === 38 || value === 48) {
    const colour = extended(rest)
    return colour ? { ...style, [key]: colour } : style
  }
  if (value >= 30 && value <= 47) return { ...style, [key]: indexed(value % 10) }
  if (value >= 90 && value <= 107) return { ...style, [key]: indexed((value % 10) + 8) }
  return style
}

function applySgr(before: Style | null, parameters: string): Style | null {
  const rest = parameters.split(/[;:]/).map((part) => Math.min(Number(part), 255))
  let style = before ?? {}
  for (let value = rest.shift(); value !== undefined; value = rest.shift()) {
    style = applyCode(style, value, rest)
  }
  return Object.keys(style).length > 0 ? style : null
}

/** What a line overwritten with `\r` says in the end, and how often it was written. */
export function lastUpdate(text: string): { text: string; start: number; updates: number } {
  const parts = text.split('\r')
  let end = text.length
  for (const part of parts.toReversed()) {
    if (part !== '')
      return { text: part, start: end - part.length, updates: parts.filter(Boolean).length }
    end -= 1
  }
  return { text: '', start: 0, updates: 0 }
}
