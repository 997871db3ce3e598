import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { chartTexts } from '~/texts/charts.ts'
import { formatClock, formatCount, formatShort } from '~/ui/format.ts'
import css from './Chart.module.css'
import { bestOf, type Curve, type Curves, lastKnown } from './curves.ts'
import { DataTable } from './DataTable.tsx'
import { colourOf } from './palette.ts'
import { draw, type Look, type Mark, type Plot, type Zoom } from './plot.ts'
import { tickOf } from './ticks.ts'

export type ChartProps = {
  title: string
  xName: string
  data: Curves
  /** What x counts: whole numbers, seconds, or anything. */
  x?: Look['x']
  formatY: (y: number) => string
  /** For the axis, where the step between two marks tells how many digits do. */
  formatTick?: (y: number, step: number) => string
  /** Which value is the best, if one is. */
  better?: 'lowest' | 'highest' | null
  smooth?: number
  group: string
  zoom: Zoom | null
  onZoom: (zoom: Zoom | null) => void
}

const formats = { whole: formatCount, clock: formatClock, number: formatShort }

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

/** How a chart writes its numbers. */
type Words = { x: (x: number) => string; y: (y: number) => string; at: (x: number) => string }

/** A chart in one sentence, for screen readers. */
function sentence(title: string, { x, curves }: Curves, words: Words): string {
  const parts = curves.map(({ name, values, lost }) => {
    const range = extremes(values)
    const seen = values.findLast((value) => typeof value === 'number')
    const told = range && {
      low: words.y(range[0]),
      high: words.y(range[1]),
      last: words.y(seen ?? range[1]),
    }
    return chartTexts.curve(name, told, lost.length)
  })
  const span = `${words.x(x[0] ?? 0)} – ${words.x(x.at(-1) ?? 0)}`
  return chartTexts.sentence(title, x.length, span, parts)
}

/** The last measured value at a point or before it, as the curves of a chart may have other x. */
function valueAt({ values }: Curve, point: number): number | null | undefined {
  for (let index = point; index >= 0; index -= 1)
    if (values[index] !== undefined) return values[index]
  return undefined
}

type ReadoutProps = { data: Curves; point: number | null; marks: Mark[]; words: Words }

/** Each curve's value under the pointer, or else its last and its best one. */
function Readout({ data, point, marks, words }: ReadoutProps) {
  const single = data.curves.length === 1
  const few = data.curves.length <= 2
  const write = (value: number | null | undefined) =>
    typeof value === 'number' ? words.y(value) : '–'
  return (
    <span className={single ? css.readout : css.legend}>
      {data.curves.map((curve, place) => {
        const last = lastKnown(curve)
        const mark = marks.find((each) => each.curve === place)
        const best = mark && curve.values[mark.index]
        return (
          <span key={curve.name} className={css.entry}>
            {!single && (
              <>
                <i style={{ background: colourOf(curve.colour ?? place) }} />
                <span className={css.name}>{curve.name}</span>{' '}
              </>
            )}
            {write(point === null ? curve.values[last] : valueAt(curve, point))}
            {few && ` ${words.at(data.x[point ?? last] ?? 0)}`}
            {mark && mark.index !== last && (
              <span className={css.best}>
                {chartTexts.best(write(best), words.at(data.x[mark.index] ?? 0))}
              </span>
            )}
          </span>
        )
      })}
    </span>
  )
}

/** Explains the red strokes at the foot of a chart: values that were NaN or infinite. */
function Lost({ data, words }: { data: Curves; words: Words }) {
  const lost = data.curves.flatMap((curve) => curve.lost)
  const first = lost[0]
  if (first === undefined) return null
  return <span className={css.lost}>{chartTexts.notFiniteAt(words.at(first), lost.length)}</span>
}

function marksOf({ curves }: Curves, better: ChartProps['better']): Mark[] {
  if (!better) return []
  return curves.flatMap((curve, place) => {
    const index = bestOf(curve, better)
    return index === null ? [] : [{ curve: place, index }]
  })
}

/** Curves over their steps (or seconds), with a name, a summary and a data table. */
export default function Chart(props: ChartProps) {
  const { title, xName, data, x = 'whole', formatY, formatTick = tickOf, better } = props
  const { smooth = 0, group, zoom, onZoom } = props
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<Plot>(null)
  const [log, setLog] = useState(false)
  const [point, setPoint] = useState<number | null>(null)
  const positive = data.curves.every(({ values }) => (extremes(values)?.[0] ?? 1) > 0)
  const scaled = log && positive
  const zoomed = useEffectEvent((to: Zoom | null) => onZoom(to))
  useEffect(() => {
    if (!host.current) return
    const look = { log: scaled, x, smooth, group, formatX: formats[x], formatTick }
    const drawn = { data, look, marks: marksOf(data, better) }
    plot.current = draw(host.current, drawn, { onPoint: setPoint, onZoom: (to) => zoomed(to) })
    return () => plot.current?.remove()
  }, [data, scaled, x, smooth, group, formatTick, better])
  // After every drawing anew, too: hence without a list of what it depends on.
  useEffect(() => plot.current?.zoom(zoom))
  const words = {
    x: formats[x],
    y: formatY,
    at: (value: number) => chartTexts.at(xName, formats[x](value)),
  }
  const readout = <Readout data={data} point={point} marks={marksOf(data, better)} words={words} />
  return (
    <figure className={css.chart}>
      <figcaption>
        <div className={css.head}>
          <span className={css.words}>
            <b>{title}</b>
            {data.curves.length > 2 && point !== null && (
              <span className={css.readout}>{words.at(data.x[point] ?? 0)}</span>
            )}
            {data.curves.length === 1 && readout}
            <Lost data={data} words={words} />
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
        </div>
        {data.curves.length > 1 && readout}
      </figcaption>
      <div ref={host} className={css.plot} role="img" aria-label={sentence(title, data, words)} />
      <DataTable
        title={title}
        xName={xName}
        data={data}
        formatX={formats[x]}
        cell={(value, lost) => {
          if (lost) return chartTexts.notFinite
          return value === null || value === undefined ? '–' : formatY(value)
        }}
      />
    </figure>
  )
}
