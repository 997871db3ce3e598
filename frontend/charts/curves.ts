/** Metrics as columns of numbers that a chart can draw. */

export type Curve = {
  name: string
  /** null where there is no number: the line has a gap; undefined where nothing was measured. */
  values: (number | null | undefined)[]
  /** Where the number was NaN or infinite. */
  lost: number[]
}

export type Curves = { x: number[]; curves: Curve[] }

/** One measurement from the server; its keys are those the trainer reported. */
export type Measured = Record<string, unknown>

const numberOr = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null

const isLost = (measured: Measured, key: string): boolean =>
  Array.isArray(measured.nonFinite) && measured.nonFinite.includes(key)

/** A curve of `key` over the steps; null where it was never measured. */
export function curveOf(metrics: Measured[], key: string, name: string): Curves | null {
  const with_ = metrics.filter((each) => key in each || isLost(each, key))
  if (with_.length === 0) return null
  const x = with_.map((each, index) => numberOr(each.step) ?? index + 1)
  const values = with_.map((each) => numberOr(each[key]))
  const lost = with_.flatMap((each, index) => (isLost(each, key) ? [x[index] ?? index] : []))
  const measured = values.some((value) => value !== null) || lost.length > 0
  return measured ? { x, curves: [{ name, values, lost }] } : null
}

/** Overlays two curves on every x of either; a line has no gap where only the other has a value. */
export function overlaid(first: Curves, second: Curves): Curves {
  const x = Array.from(new Set([...first.x, ...second.x])).sort((a, b) => a - b)
  const place = new Map(x.map((value, index) => [value, index]))
  const spread = ({ x: own, curves }: Curves) =>
    curves.map((curve) => {
      const values: Curve['values'] = Array(x.length).fill(undefined)
      own.forEach((value, index) => {
        values[place.get(value) ?? 0] = curve.values[index] ?? null
      })
      return { ...curve, values }
    })
  return { x, curves: [...spread(first), ...spread(second)] }
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
