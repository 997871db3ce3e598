/** Which charts the metrics of one run, or of several, are shown in. */
import { chartTexts as said } from '~/texts/charts.ts'
import { formatLoss, formatShort } from '~/ui/format.ts'
import {
  type Axis,
  betterOf,
  type Curves,
  curveOf,
  type Measured,
  otherKeys,
  overlaid,
} from './curves.ts'
import type { Look } from './plot.ts'

export const X_OF: Record<Axis, Look['x']> = {
  step: 'whole',
  epoch: 'number',
  time: 'clock',
  count: 'whole',
}

export type MetricChart = {
  title: string
  data: Curves
  better: 'lowest' | 'highest' | null
  formatY: (y: number) => string
  /** Given where the shape itself is the point, as of a schedule. */
  smooth?: 0
}

const exponential = (value: number) => (value === 0 ? '0' : value.toExponential(1))

const known: Record<string, Pick<MetricChart, 'title' | 'formatY' | 'smooth'>> = {
  loss: { title: said.loss, formatY: formatLoss },
  evalLoss: { title: said.evalLoss, formatY: formatLoss },
  learningRate: { title: said.rate, formatY: exponential, smooth: 0 },
  gradNorm: { title: said.norm, formatY: formatShort },
}

/** A value of a metric, written as in its chart. */
export const writerOf = (key: string) => known[key]?.formatY ?? formatShort

/** What a metric is called: its own name where the page has none for it. */
export const titleOf = (key: string): string => known[key]?.title ?? key

function chartOf(key: string, curves: (Curves | null)[]): MetricChart[] {
  const found = curves.filter((each) => each !== null)
  if (found.length === 0) return []
  const look = known[key] ?? { title: key, formatY: formatShort }
  return [{ ...look, data: overlaid(...found), better: betterOf(key) }]
}

/** The curves a training is judged by, training and evaluation loss in one chart, then its other numbers. */
export function chartsOfRun(metrics: Measured[], axis: Axis): MetricChart[] {
  const curve = (key: string) => curveOf(metrics, key, titleOf(key), axis)
  const others = ['learningRate', 'gradNorm', ...otherKeys(metrics)]
  return [
    ...chartOf('loss', [curve('loss'), curve('evalLoss')]),
    ...others.flatMap((key) => chartOf(key, [curve(key)])),
  ]
}

export type Compared = { name: string; metrics: Measured[] }

/** A chart for each number, with a curve of each run that measured it; a run has one colour in all. */
export function chartsOfRuns(runs: Compared[], axis: Axis): MetricChart[] {
  const others = new Set(runs.flatMap(({ metrics }) => otherKeys(metrics)))
  return ['loss', 'evalLoss', 'learningRate', 'gradNorm', ...others].flatMap((key) =>
    chartOf(
      key,
      runs.map(({ name, metrics }, colour) => {
        const found = curveOf(metrics, key, name, axis)
        return found && { ...found, curves: found.curves.map((curve) => ({ ...curve, colour })) }
      }),
    ),
  )
}
