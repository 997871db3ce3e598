/** Metrics as columns of numbers that a chart can draw. */

export type Curve = {
  name: string
  /** null where there is no number: the line has a gap; undefined where nothing was measured. */
  values: (number | null | undefined)[]
  /** Where the number was NaN or infinite. */
  lost: number[]
  /** Its place in the palette, where that is not its place in the chart. */
  colour?: number
}

export type Curves = { x: number[]; curves: Curve[] }

/** One measurement from the server; its keys are those the trainer reported. */
export type Measured = Record<string, unknown>

const numberOr = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null

const isLost = (measured: Measured, key: string): boolean =>
  Array.isArray(measured.nonFinite) && measured.nonFinite.includes(key)

/** What the curves of a training are drawn over; a count only where nothing else is known of it. */
export type Axis = 'step' | 'epoch' | 'time' | 'count'

const rises = (values: (number | null)[]): boolean =>
  values.every((value, index) => value !== null && value >= (values[index - 1] ?? value))

const LOSSES = ['loss', 'evalLoss']

const isOf = (key: string) => (each: Measured) => key in each || isLost(each, key)

/** Seconds since the first measurement that has a time. */
function timed(metrics: Measured[]): (measured: Measured) => number | null {
  const at = ({ time }: Measured) => (typeof time === 'string' ? Date.parse(time) : Number.NaN)
  const first = metrics.map(at).find(Number.isFinite) ?? 0
  return (measured) => numberOr((at(measured) - first) / 1_000)
}

/** Where a measurement stands on an axis; null where it has no place there. */
function placeOn(axis: Axis, metrics: Measured[]): (measured: Measured) => number | null {
  return axis === 'time' ? timed(metrics) : (measured) => numberOr(measured[axis])
}

/** The axes on which all losses of a training have a place, so that their curves fit each other; the best first. */
export function axesOf(metrics: Measured[]): Axis[] {
  const losses = LOSSES.map((key) => metrics.filter(isOf(key))).filter((each) => each.length > 0)
  const series = losses.length > 0 ? losses : [metrics]
  const fits = (axis: Axis) => series.every((points) => rises(points.map(placeOn(axis, metrics))))
  const epochs = series.flat().map(placeOn('epoch', metrics))
  // Of whole epochs many points would stand over each other.
  const apart = new Set(epochs).size > epochs.length / 4
  const found: Axis[] = []
  if (fits('step')) found.push('step')
  if (apart && fits('epoch')) found.push('epoch')
  if (fits('time')) found.push('time')
  // By time alone it is not seen how far a training is.
  return found[0] === undefined || found[0] === 'time' ? ['count', ...found] : found
}

export const axisOf = (metrics: Measured[]): Axis => axesOf(metrics)[0] ?? 'count'

/** The axes that several trainings have in common; each one's own count where there is none. */
export function commonAxes(all: Measured[][]): Axis[] {
  const [first = [], ...rest] = all.map(axesOf)
  const common = first.filter((axis) => rest.every((axes) => axes.includes(axis)))
  return common.length > 0 ? common : ['count']
}

/** A curve of `key` over an axis; null where it was never measured. */
export function curveOf(
  metrics: Measured[],
  key: string,
  name: string,
  axis: Axis = axisOf(metrics),
): Curves | null {
  const measuredHere = metrics.filter(isOf(key))
  // Counted among all of the log, so that what was measured together stands together.
  const entries = new Map(metrics.map((each, index) => [each, index + 1]))
  const place =
    axis === 'count' ? (each: Measured) => entries.get(each) ?? null : placeOn(axis, metrics)
  const with_ = measuredHere.filter((each) => place(each) !== null)
  if (with_.length === 0) return null
  const x = with_.map((each) => place(each) ?? 0)
  const values = with_.map((each) => numberOr(each[key]))
  const lost = with_.flatMap((each, index) => (isLost(each, key) ? [x[index] ?? index] : []))
  const measured = values.some((value) => value !== null) || lost.length > 0
  return measured ? { x, curves: [{ name, values, lost }] } : null
}

const DRAWN = ['loss', 'evalLoss', 'learningRate', 'gradNorm']
const HOUSEKEEPING = /time|epoch|^step$|attempt|seconds?$|runtime|memory|^mem$|flos|^dt$|speed/i
const MOST_OTHERS = 12

/** The other numbers that were measured at least twice, without those that tell of time and memory. */
export function otherKeys(metrics: Measured[]): string[] {
  const counts = new Map<string, number>()
  for (const each of metrics)
    for (const [key, value] of Object.entries(each))
      if (numberOr(value) !== null) counts.set(key, (counts.get(key) ?? 0) + 1)
  const keys = Array.from(counts).flatMap(([key, count]) => (count > 1 ? [key] : []))
  return keys.filter((key) => !DRAWN.includes(key) && !HOUSEKEEPING.test(key)).slice(0, MOST_OTHERS)
}

/** Overlays curves on every x of any; a line has no gap where only another has a value. */
export function overlaid(...all: Curves[]): Curves {
  if (all.length === 1 && all[0]) return all[0]
  const x = Array.from(new Set(all.flatMap(({ x }) => x))).sort((a, b) => a - b)
  const place = new Map(x.map((value, index) => [value, index]))
  const spread = ({ x: own, curves }: Curves) =>
    curves.map((curve) => {
      const values: Curve['values'] = Array(x.length).fill(undefined)
      own.forEach((value, index) => {
        values[place.get(value) ?? 0] = curve.values[index] ?? null
      })
      return { ...curve, values }
    })
  return { x, curves: all.flatMap(spread) }
}

const LOWER = /loss|error|perplexity|\bppl\b|\b[wc]er\b|\bmae\b|\br?mse\b/i
const HIGHER = /acc|\bf1\b|auc|bleu|rouge|reward|score|\bm?ap\b|iou|precision|recall|psnr|margin/i

/** Which value of a metric is its best one, by its name; null where a name does not tell. */
export function betterOf(key: string): 'lowest' | 'highest' | null {
  const words = key.replace(/([a-z])([A-Z])/g, '$1 $2').replaceAll('_', ' ')
  if (LOWER.test(words)) return 'lowest'
  return HIGHER.test(words) ? 'highest' : null
}

/** Where a curve has its best value; null where it has none. */
export function bestOf({ values }: Pick<Curve, 'values'>, better: 'lowest' | 'highest') {
  const sign = better === 'lowest' ? 1 : -1
  let best = -1
  let least = Number.POSITIVE_INFINITY
  values.forEach((value, index) => {
    if (typeof value !== 'number' || sign * value >= least) return
    least = sign * value
    best = index
  })
  return best < 0 ? null : best
}

/** A running mean in which the past weighs `weight` (0 to 1), without a pull towards its beginning. */
export function smoothed(values: Curve['values'], weight: number): Curve['values'] {
  let sum = 0
  let share = 1
  return values.map((value) => {
    if (typeof value !== 'number') return value
    sum = sum * weight + value * (1 - weight)
    share *= weight
    return sum / (1 - share)
  })
}

/** Where a curve has its last value; where it ends if it has none. */
export function lastKnown({ values }: Pick<Curve, 'values'>): number {
  const last = values.findLastIndex((value) => typeof value === 'number')
  return last < 0 ? values.length - 1 : last
}

const ROWS = 200

/** At most 200 indices of `length` values, the first and the last among them. */
export function sampled(length: number): number[] {
  const step = Math.max(1, Math.ceil(length / ROWS))
  const found: number[] = []
  for (let index = 0; index < length; index += step) found.push(index)
  if (length > 0 && found.at(-1) !== length - 1) found.push(length - 1)
  return found
}

/** A curve as an SVG path of a given size. */
export function sparkPath(values: (number | null)[], width: number, height: number): string {
  const real = values.filter((value) => value !== null)
  if (real.length < 2) return ''
  const low = real.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
  const high = real.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
  const span = high - low || 1
  let gap = true
  const points = sampled(values.length).map((index) => {
    const value = values[index]
    if (value === null || value === undefined) {
      gap = true
      return ''
    }
    const x = (index / (values.length - 1)) * width
    const y = 1 + (1 - (value - low) / span) * (height - 2)
    const to = gap ? 'M' : 'L'
    gap = false
    return `${to}${x.toFixed(1)} ${y.toFixed(1)}`
  })
  return points.join('')
}
