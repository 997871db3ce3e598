/** Marks of an axis: as many digits as tell them apart, and no more. */
import { formatBytes } from '~/ui/format.ts'

const powerOf = (value: number) => Math.floor(Math.log10(Math.abs(value)))

/** Digits behind the point that a step between two marks has: 0.25 has two. */
function decimalsOf(step: number): number {
  const power = powerOf(step)
  const isWhole = Number.isInteger(Number((step / 10 ** power).toPrecision(6)))
  return Math.max(0, (isWhole ? 0 : 1) - power)
}

/** A mark, where `step` is what lies between two of them. */
export function tickOf(value: number, step: number): string {
  if (value === 0) return '0'
  if (step >= 1e-4 && Math.abs(value) < 1e6) return value.toFixed(decimalsOf(step))
  const power = powerOf(value)
  const digits = Math.min(decimalsOf(step / 10 ** power), 6)
  return value
    .toExponential(digits)
    .replace(/\.?0+e/, 'e')
    .replace('e+', 'e')
}

export const percentTick = (value: number, step: number): string => `${tickOf(value, step)}%`

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB']

/** Bytes in the unit of the value, with the digits that the step has in it. */
export function bytesTick(value: number, step: number): string {
  if (value < 1_000) return formatBytes(value)
  const unit = Math.min(Math.floor(powerOf(value) / 3), UNITS.length - 1)
  return `${tickOf(value / 1_000 ** unit, step / 1_000 ** unit)} ${UNITS[unit]}`
}

/** Steps are whole; there is nothing to mark at 1.5. */
export const WHOLE = Array.from({ length: 10 }, (_, power) =>
  [1, 2, 5].map((of) => of * 10 ** power),
).flat()

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Seconds between two marks as a clock has them. */
export const CLOCK = [
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 5, 10, 20, 50, 100].map((count) => count * DAY),
]
