/** Draws curves on a canvas with uPlot. */
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { onColours } from '~/ui/theme.ts'
import type { Curve, Curves } from './curves.ts'
import { smoothed } from './curves.ts'
import { colourOf } from './palette.ts'
import { CLOCK, tickOf, WHOLE } from './ticks.ts'

const HEIGHT = 190
const RAW_ALPHA = 0.28

/** A part of the x axis that is looked at. */
export type Zoom = [from: number, to: number]

export type Look = {
  log: boolean
  /** What x counts: whole numbers, seconds, or anything. */
  x: 'whole' | 'clock' | 'number'
  /** Weight of the past in a running mean; 0 draws only what was measured. */
  smooth: number
  /** Charts of one group share crosshair and zoom. */
  group: string
  formatX: (x: number) => string
  formatTick: (y: number, step: number) => string
}

/** A curve's best point. */
export type Mark = { curve: number; index: number }

type Drawn = { data: Curves; look: Look; marks: Mark[] }

export type Heard = {
  onPoint: (index: number | null) => void
  onZoom: (zoom: Zoom | null) => void
}

/** A colour of the page, resolved for a canvas: only the browser can resolve `light-dark()`. */
function resolved(host: HTMLElement, colour: string): string {
  const probe = document.createElement('i')
  probe.style.color = colour
  host.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

/** Draws a short stroke at the foot of the chart wherever a value was NaN or infinite. */
function drawLost({ ctx, bbox, valToPos }: uPlot, curves: Curve[], colour: string) {
  ctx.strokeStyle = colour
  ctx.lineWidth = 2 * devicePixelRatio
  ctx.beginPath()
  for (const x of curves.flatMap(({ lost }) => lost)) {
    const left = valToPos(x, 'x', true)
    ctx.moveTo(left, bbox.top + bbox.height)
    ctx.lineTo(left, bbox.top + bbox.height - 10 * devicePixelRatio)
  }
  ctx.stroke()
}

/** Draws a ring around each best value. */
function drawMarks({ ctx, valToPos }: uPlot, { data, marks }: Drawn, colours: string[]) {
  ctx.lineWidth = 1.5 * devicePixelRatio
  for (const { curve, index } of marks) {
    const value = data.curves[curve]?.values[index]
    if (typeof value !== 'number') continue
    ctx.strokeStyle = colours[curve] ?? ''
    ctx.beginPath()
    const radius = 4 * devicePixelRatio
    ctx.arc(valToPos(data.x[index] ?? 0, 'x', true), valToPos(value, 'y', true), radius, 0, 7)
    ctx.stroke()
  }
}

const INCREMENTS = { whole: WHOLE, clock: CLOCK, number: undefined }

function axesFor(host: HTMLElement, look: Look): uPlot.Axis[] {
  const grid = { stroke: resolved(host, 'var(--line)'), width: 1 }
  const stroke = resolved(host, 'var(--ink-3)')
  const axis = { stroke, grid, ticks: { show: false }, font: '11px Inter, sans-serif' }
  const incrs = INCREMENTS[look.x]
  const nameX = (tick: number, step: number) =>
    look.x === 'number' ? tickOf(tick, step) : look.formatX(tick)
  const nameY = (tick: number | null, step: number) => {
    if (tick === null) return ''
    return look.formatTick(tick, look.log ? tick : step)
  }
  return [
    {
      ...axis,
      size: 28,
      ...(incrs ? { incrs } : {}),
      values: (_, ticks, __, ___, step) => ticks.map((tick) => nameX(tick, step)),
    },
    { ...axis, size: 64, values: (_, ticks, __, ___, step) => ticks.map((t) => nameY(t, step)) },
  ]
}

/** What was measured, and over it the running mean if one is wanted. */
function seriesFor(curves: Curve[], colours: string[], smooth: number): uPlot.Series[] {
  const line = ({ name, values }: Curve, place: number) => ({
    label: name,
    stroke: colours[place] ?? '',
    width: 1.5,
    points: { show: values.length < 3 },
  })
  if (smooth === 0) return curves.map(line)
  const raw = curves.map((curve, place) => ({ ...line(curve, place), alpha: RAW_ALPHA, width: 1 }))
  return [...raw, ...curves.map(line)]
}

const onlyMoves = (type: string) => type === 'mousemove' || type === 'mouseleave'

function optionsOf(host: HTMLElement, drawn: Drawn, { onPoint, onZoom }: Heard): uPlot.Options {
  const { data, look } = drawn
  const colours = data.curves.map(({ colour }, place) => resolved(host, colourOf(colour ?? place)))
  const fail = resolved(host, 'var(--fail)')
  return {
    width: Math.max(host.clientWidth, 120),
    height: HEIGHT,
    // Half of the last tick's label is to the right of the plot.
    padding: [8, 22, 0, 0],
    cursor: {
      y: false,
      points: { size: 6 },
      drag: { x: true, y: false, setScale: false },
      bind: {
        dblclick: () => () => {
          onZoom(null)
          return null
        },
      },
      sync: { key: look.group, scales: ['x', null], filters: { pub: onlyMoves, sub: onlyMoves } },
    },
    legend: { show: false },
    scales: { x: { time: false }, y: { distr: look.log ? 3 : 1 } },
    axes: axesFor(host, look),
    series: [{}, ...seriesFor(data.curves, colours, look.smooth)],
    hooks: {
      draw: [
        (plot) => {
          const { left, top, width, height } = plot.bbox
          plot.ctx.save()
          plot.ctx.beginPath()
          plot.ctx.rect(left - 8, top - 8, width + 16, height + 16)
          plot.ctx.clip()
          drawLost(plot, data.curves, fail)
          drawMarks(plot, drawn, colours)
          plot.ctx.restore()
        },
      ],
      setCursor: [(plot) => onPoint(plot.cursor.idx ?? null)],
      setSelect: [(plot) => zoomTo(plot, onZoom)],
    },
  }
}

/** What was dragged over becomes what is looked at. */
function zoomTo(plot: uPlot, onZoom: Heard['onZoom']) {
  const { left, width } = plot.select
  if (width < 3) return
  onZoom([plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')])
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
}

export type Plot = { zoom: (to: Zoom | null) => void; remove: () => void }

/** Draws on `host`, and redraws when its size or the colour scheme changes. */
export function draw(host: HTMLElement, drawn: Drawn, heard: Heard): Plot {
  const { data, look } = drawn
  const raw = data.curves.map(({ values }) => values)
  const over = look.smooth === 0 ? [] : raw.map((values) => smoothed(values, look.smooth))
  const columns: uPlot.AlignedData = [data.x, ...raw, ...over]
  const make = () => new uPlot(optionsOf(host, drawn, heard), columns, host)
  let plot = make()
  let zoomed: Zoom | null = null
  const zoom = (to: Zoom | null) => {
    if (to?.[0] === zoomed?.[0] && to?.[1] === zoomed?.[1]) return
    if (to) plot.setScale('x', { min: to[0], max: to[1] })
    else plot.setData(columns)
    zoomed = to
  }
  const resized = new ResizeObserver(() => {
    plot.setSize({ width: Math.max(host.clientWidth, 120), height: HEIGHT })
  })
  const redraw = () => {
    plot.destroy()
    plot = make()
    const looked = zoomed
    zoomed = null
    zoom(looked)
  }
  resized.observe(host)
  const stop = onColours(redraw)
  const remove = () => {
    resized.disconnect()
    stop()
    plot.destroy()
  }
  return { zoom, remove }
}
