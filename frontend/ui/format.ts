/** Numbers, times and sizes as the page writes them. */

import { legible } from '~/log/ansi.ts'

/** Stands where nothing is known. */
export const NONE = '–'
const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const whole = new Intl.NumberFormat('en')
const dateTime = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })

export function formatCount(value: number | null | undefined): string {
  return value === null || value === undefined ? NONE : whole.format(value)
}

const ordinals = new Intl.PluralRules('en', { type: 'ordinal' })
const ENDINGS: Partial<Record<Intl.LDMLPluralRule, string>> = { one: 'st', two: 'nd', few: 'rd' }

/** `2nd`, `11th`, `1,003rd`. */
export const ordinal = (value: number): string =>
  whole.format(value) + (ENDINGS[ordinals.select(value)] ?? 'th')

/** `1 line`, `1,240 lines`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${whole.format(count)} ${count === 1 ? one : many}`
}

/** A loss: four decimals, and scientific only where those would hide everything. */
export function formatLoss(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE
  const tiny = value !== 0 && Math.abs(value) < 0.0001
  return tiny || Math.abs(value) >= 1e6 ? value.toExponential(3) : value.toFixed(4)
}

/** `1.4 kB`; decimal units, as disks and networks use them. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return plural(bytes, 'byte')
  const units = ['kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = ''
  for (const next of units) {
    if (value < 999.5) break
    value /= 1_000
    unit = next
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${unit}`
}

/** `42%`, `0.15%`: whole, except where every mark of an axis would then be the same. */
export function formatPercent(value: number): string {
  return `${value < 10 ? Number(value.toPrecision(2)) : Math.round(value)}%`
}

const two = (value: number) => String(value).padStart(2, '0')

/** `< 0.1 s`, `0.4 s`, `42 s`, `3 min 12 s`, `2 h 05 min`, `3 d 04 h`. */
export function formatDuration(milliseconds: number): string {
  const ms = Math.max(0, milliseconds)
  if (ms < SECOND / 20) return '< 0.1 s'
  if (ms < 9_950) return `${(ms / SECOND).toFixed(1)} s`
  const seconds = Math.round(ms / SECOND)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${two(seconds % 60)} s`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return `${hours} h ${two(minutes % 60)} min`
  return `${Math.floor(hours / 24)} d ${two(hours % 24)} h`
}

/** Seconds as a clock counts them: `0:42`, `12:05`, `2:05:00`. */
export function formatClock(seconds: number): string {
  const whole = Math.round(seconds)
  const hours = Math.floor(whole / 3_600)
  const minutes = Math.floor(whole / 60) % 60
  const rest = `${hours > 0 ? two(minutes) : minutes}:${two(whole % 60)}`
  return hours > 0 ? `${hours}:${rest}` : rest
}

/** A duration that is only an estimate: `under 1 min`, `about 4 min`, `about 2 h 05 min`. */
export function formatRough(milliseconds: number): string {
  const minutes = Math.round(milliseconds / MINUTE)
  if (minutes < 1) return 'under 1 min'
  return `about ${minutes < 60 ? `${minutes} min` : formatDuration(minutes * MINUTE)}`
}

type Span = { startedAt: string | null; finishedAt: string | null; seconds?: number | null }

/** Milliseconds between start and finish (or now), as counted where they were; null when it never started. */
export function elapsed({ startedAt, finishedAt, seconds }: Span, now: number): number | null {
  if (startedAt === null) return null
  if (finishedAt !== null && typeof seconds === 'number') return seconds * SECOND
  const end = finishedAt === null ? now : Date.parse(finishedAt)
  return Math.max(0, end - Date.parse(startedAt))
}

export function formatElapsed(span: Span, now: number): string {
  const ms = elapsed(span, now)
  return ms === null ? NONE : formatDuration(ms)
}

/** `22 Nov 2026, 20:09:34` in the reader's time zone. */
export function formatDateTime(time: string | null): string {
  return time === null ? NONE : dateTime.format(Date.parse(time))
}

/** `22 Nov 2026` in the reader's time zone. */
export function formatDay(time: string): string {
  return day.format(Date.parse(time))
}

const midnight = (time: number) => new Date(time).setHours(0, 0, 0, 0)

/** How many midnights of the reader's time zone lie between; rounded, as some days have 23 hours. */
const daysBetween = (from: number, to: number) => Math.round((midnight(to) - midnight(from)) / DAY)

/** `just now`, `42 s ago`, `8 min ago`, `17 h ago`, `yesterday`, `3 days ago`, then the date. */
export function formatAgo(time: string | number, now: number): string {
  const at = typeof time === 'number' ? time : Date.parse(time)
  const age = now - at
  if (age < 5 * SECOND) return 'just now'
  if (age < MINUTE) return `${Math.floor(age / SECOND)} s ago`
  if (age < HOUR) return `${Math.floor(age / MINUTE)} min ago`
  const days = daysBetween(at, now)
  if (days === 0) return `${Math.floor(age / HOUR)} h ago`
  if (days === 1) return 'yesterday'
  if (days < 7) return `${days} days ago`
  return day.format(at)
}

/** What is left of a job at the pace so far; null while that would be a guess. */
export function timeLeft(done: number, total: number | null, spent: number | null): number | null {
  if (spent === null || total === null || total <= 0 || done >= total || done / total < 0.05)
    return null
  return (spent * (total - done)) / done
}

/** A quantity that stays on one line: its unit is nothing without its number. */
export const unbroken = (text: string): string => text.replaceAll(' ', '\u00a0')

/** A number in at most four digits, for an axis. */
export const formatShort = (value: number): string => String(Number(value.toPrecision(4)))

/** The last part of a model's name or folder: `google/flan-t5-small` is `flan-t5-small`. */
export function shortModel(model: string | null): string {
  return legible(model?.split('/').filter(Boolean).at(-1) ?? NONE)
}

const isHigh = (unit: number) => unit >= 0xd800 && unit < 0xdc00
const isLow = (unit: number) => unit >= 0xdc00 && unit < 0xe000

/** Characters as people (and Python) count them: code points. */
export function countCharacters(text: string): number {
  let count = text.length
  for (let at = 0; at < text.length - 1; at += 1) {
    if (isHigh(text.charCodeAt(at)) && isLow(text.charCodeAt(at + 1))) count -= 1
  }
  return count
}
