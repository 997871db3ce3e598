import { useMemo } from 'react'
import { useParams } from '~/ui/params.ts'
import type { Axis } from './curves.ts'
import type { Zoom } from './plot.ts'

/** Weights of the past in a running mean that can be chosen. */
export const SMOOTHINGS = [0, 0.6, 0.9, 0.98] as const
type Smoothing = (typeof SMOOTHINGS)[number]

/** How charts are looked at; it stands in the address, so that a link shows the same. */
export type ChartView = {
  /** The chosen axis, as far as the charts have it. */
  axis: string | null
  smooth: Smoothing
  zoom: Zoom | null
  setAxis: (axis: Axis) => void
  setSmooth: (smooth: number) => void
  setZoom: (zoom: Zoom | null) => void
}

function zoomIn(text: string | null): Zoom | null {
  const [from, to, ...rest] = (text ?? '').split('~').map(Number)
  const fits = rest.length === 0 && from !== undefined && to !== undefined && from < to
  return fits ? [from, to] : null
}

const written = (zoom: Zoom) => zoom.map((end) => Number(end.toPrecision(6))).join('~')

export function useChartView(): ChartView {
  const { values, change } = useParams()
  const smooth = Number(values.get('smooth'))
  const zoomed = values.get('zoom')
  const zoom = useMemo(() => zoomIn(zoomed), [zoomed])
  return {
    axis: values.get('x'),
    smooth: SMOOTHINGS.find((each) => each === smooth) ?? 0,
    zoom,
    // What is looked at of one axis is no part of another.
    setAxis: (axis) => change({ x: axis, zoom: null }),
    setSmooth: (weight) => change({ smooth: weight === 0 ? null : String(weight) }),
    setZoom: (to) => change({ zoom: to && written(to) }),
  }
}
