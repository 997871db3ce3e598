import { useEffect, useRef, useState } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { chartTexts } from '~/texts/charts.ts'
import { formatCount } from '~/ui/format.ts'
import css from './Chart.module.css'
import { type Curve, type Curves, lastKnown, sampled } from './curves.ts'

const HEIGHT = 190
/** Steps and seconds are whole; there is nothing to mark at 1.5. */
const WHOLE = Array.from({ length: 10 }, (_, power) =>
  [1, 2, 5].map((of) => of * 10 ** power),
).flat()
const COLOURS = ['--accent', '--warn', '--ok', '--ink-3']

/** A colour of the page, resolved for a canvas: only the browser can resolve `light-dark()`. */
function colourOf(host: HTMLElement, name: string): string {
  const probe = document.createElement('i')
  probe.style.color = `var(${name})`
  host.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

/** Draws a short stroke at the foot of the chart wherever a value was NaN or infinite. */
function markLost(curves: Curve[], colour: string) {
  return (plot: uPlot) => {
    const { ctx, bbox } = plot
    ctx.save()
    ctx.strokeStyle = colour
    ctx.lineWidth = 2 * devicePixelRatio
    ctx.beginPath()
    for (const x of curves.flatMap(({ lost }) => lost)) {
      const left = plot.valToPos(x, 'x', true)
      ctx.moveTo(left, bbox.top + bbox.height)
      ctx.lineTo(left, bbox.top + bbox.height - 10 * devicePixelRatio)
    }
    ctx.stroke()
    ctx.restore()
  }
}

type Look = {
  log: boolean
  whole: boolean
  formatX: (x: number) => string
  formatY: (y: number) => string
  formatTick: (y: number) => string
}

function optionsOf(host: HTMLElement, { curves }: Curves, look: Look): uPlot.Options {
  const faint = colourOf(host, '--ink-3')
  const grid = { stroke: colourOf(host, '--line'), width: 1 }
  const axis = { stroke: faint, grid, ticks: { show: false }, font: '11px Inter, sans-serif' }
  return {
    width: Math.max(host.clientWidth, 120),
    height: HEIGHT,
    // Half of the last tick's label is to the right of the plot.
    padding: [8, 22, 0, 0],
    cursor: { y: false, points: { size: 6 }, drag: { x: true, y: false } },
    legend: { show: curves.length > 1, live: false },
    scales: { x: { time: false }, y: { distr: look.log ? 3 : 1 } },
    axes: [
      {
        ...axis,
        size: 28,
        ...(look.whole ? { incrs: WHOLE } : {}),
        values: (_, ticks) => ticks.map(look.formatX),
      },
      {
        ...axis,
        size: 64,
        values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : look.formatTick(tick))),
      },
    ],
    series: [
      {},
      ...curves.map(({ name, values }, index) => ({
        label: name,
        stroke: colourOf(host, COLOURS[index % COLOURS.length] ?? '--accent'),
        width: 1.5,
        points: { show: values.length < 3 },
      })),
    ],
    hooks: { draw: [markLost(curves, colourOf(host, '--fail'))] },
  }
}

/** Draws on `host`, and redraws when its size or the colour scheme changes. */
function draw(
  host: HTMLElement,
  data: Curves,
  look: Look,
  onPoint: (index: number | null) => void,
) {
  const columns: uPlot.AlignedData = [data.x, ...data.curves.map(({ values }) => values)]
  const make = () => {
    const options = optionsOf(host, data, look)
    const hooks = {
      ...options.hooks,
      setCursor: [(made: uPlot) => onPoint(made.cursor.idx ?? null)],
    }
    return new uPlot({ ...options, hooks }, columns, host)
  }
  let plot = make()
  const resized = new ResizeObserver(() => {
    plot.setSize({ width: Math.max(host.clientWidth, 120), height: HEIGHT })
  })
  const redraw = () => {
    plot.destroy()
    plot = make()
  }
  const scheme = matchMedia('(prefers-color-scheme: dark)')
  resized.observe(host)
  scheme.addEventListener('change', redraw)
  return () => {
    resized.disconnect()
    scheme.removeEventListener('change', redraw)
    plot.destroy()
  }
}

function extremes(values: Curve['values']): [low: number, high: number] | null {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (value === null || value === undefined) continue
    if (value < low) low = value
    if (value > high) high = value
  }
  return low > high ? null : [low, high]
}

/** A chart in one sentence, for screen readers. */
function sentence(title: string, { x, curves }: Curves, look: Look): string {
  const parts = curves.map(({ name, values, lost }) => {
    const range = extremes(values)
    const seen = values.findLast((value) => typeof value === 'number')
    const words = range && {
      low: look.formatY(range[0]),
      high: look.formatY(range[1]),
      last: look.formatY(seen ?? range[1]),
    }
    return chartTexts.curve(name, words, lost.length)
  })
  const span = `${look.formatX(x[0] ?? 0)} – ${look.formatX(x.at(-1) ?? 0)}`
  return chartTexts.sentence(title, x.length, span, parts)
}

/** The same numbers as a table, thinned if there are very many; built when it is opened. */
function DataTable({ title, xName, data, look }: ChartProps & { look: Look }) {
  const [open, setOpen] = useState(false)
  const rows = open ? sampled(data.x.length) : []
  return (
    <details className={css.data} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{chartTexts.table}</summary>
      {rows.length < data.x.length && open && (
        <p className="faint">{chartTexts.thinned(rows.length, data.x.length)}</p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <section className={css.scroll} aria-label={chartTexts.tableOf(title)} tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{xName}</th>
              {data.curves.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((index) => (
              <tr key={index}>
                <th scope="row">{look.formatX(data.x[index] ?? 0)}</th>
                {data.curves.map(({ name, values, lost }) => (
                  <td key={name}>{cell(values[index], lost.includes(data.x[index] ?? 0), look)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  )
}

function cell(value: number | null | undefined, lost: boolean, look: Look): string {
  if (lost) return chartTexts.notFinite
  return value === null || value === undefined ? '–' : look.formatY(value)
}

type ChartProps = {
  title: string
  xName: string
  data: Curves
  formatX?: (x: number) => string
  /** Whether nothing is to be marked between two whole numbers of x. */
  whole?: boolean
  formatY: (y: number) => string
  /** For the axis, where fewer digits do. */
  formatTick?: (y: number) => string
}

/** The values under the pointer, or else the last value of each curve. */
function readout({ x, curves }: Curves, point: number | null, look: Look, xName: string): string {
  const at = (index: number) => chartTexts.at(xName, look.formatX(x[index] ?? 0))
  const value = ({ values }: Curve, index: number) => cell(values[index], false, look)
  if (point !== null)
    return `${curves.map((curve) => value(curve, point)).join(' · ')} ${at(point)}`
  const lasts = curves.map((curve) => [curve, lastKnown(curve)] as const)
  return lasts.map(([curve, index]) => `${value(curve, index)} ${at(index)}`).join(' · ')
}

/** Explains the red strokes at the foot of a chart: values that were NaN or infinite. */
function Lost({ data, xName, look }: ChartProps & { look: Look }) {
  const lost = data.curves.flatMap((curve) => curve.lost)
  const first = lost[0]
  if (first === undefined) return null
  return (
    <span className={css.lost}>
      {chartTexts.notFiniteAt(chartTexts.at(xName, look.formatX(first)), lost.length)}
    </span>
  )
}

/** Curves over their steps (or seconds), with a name, a summary and a data table. */
export default function Chart(props: ChartProps) {
  const {
    title,
    xName,
    data,
    formatX = formatCount,
    whole = true,
    formatY,
    formatTick = formatY,
  } = props
  const host = useRef<HTMLDivElement>(null)
  const [log, setLog] = useState(false)
  const [point, setPoint] = useState<number | null>(null)
  const positive = data.curves.every(({ values }) => (extremes(values)?.[0] ?? 1) > 0)
  const scaled = log && positive
  useEffect(() => {
    if (!host.current) return
    return draw(host.current, data, { log: scaled, whole, formatX, formatY, formatTick }, setPoint)
  }, [data, scaled, whole, formatX, formatY, formatTick])
  const look = { log: scaled, whole, formatX, formatY, formatTick }
  return (
    <figure className={css.chart}>
      <figcaption className={css.head}>
        <span className={css.words}>
          <b>{title}</b>
          <span className={css.readout}>{readout(data, point, look, xName)}</span>
          <Lost {...props} look={look} />
        </span>
        {positive && (
          <button
            type="button"
            className={css.log}
            aria-pressed={log}
            aria-label={chartTexts.logScaleOf(title)}
            onClick={() => setLog(!log)}
          >
            {chartTexts.logScale}
          </button>
        )}
      </figcaption>
      <div ref={host} className={css.plot} role="img" aria-label={sentence(title, data, look)} />
      <DataTable {...props} look={look} />
    </figure>
  )
}
