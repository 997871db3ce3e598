import { useCallback, useLayoutEffect, useRef, useState } from 'react'
import type { LineRange } from '~/paths.ts'
import { anchorOf, type Geometry, lineTop, type Position, ROW } from './geometry.ts'
import { LogRow } from './LogRow.tsx'
import css from './LogView.module.css'
import type { ShownLine } from './shown.ts'

/** A taller line counts as this tall: one of 4 KB must not make the others crawl. */
const TALLEST = 40 * ROW

/**
 * The height of a line for scrolling: ROW, or for wrapped lines the mean of those first seen.
 *
 * It is measured once each time wrapping is turned on: the canvas must not change its length later.
 */
export function useRowHeight(wrap: boolean): [number, (height: number) => void] {
  const [wrapped, setWrapped] = useState<number | null>(null)
  const measured = useCallback((height: number) => {
    setWrapped((before) => before ?? Math.min(Math.max(height, ROW), TALLEST))
  }, [])
  if (!wrap && wrapped !== null) setWrapped(null)
  return [wrap ? (wrapped ?? ROW) : ROW, measured]
}

type LogRowsProps = {
  numbers: number[]
  lines: (number: number) => ShownLine | undefined
  geometry: Geometry
  position: Position
  wrap: boolean
  times: boolean
  marked: LineRange | null
  error: LineRange | null
  onPick: (number: number, extend: boolean) => void
  onWhole: (number: number) => void
  /** The mean height of wrapped rows, once their text is here. */
  onMeasured: (height: number) => void
}

/** Places the flow of wrapped rows by its anchor; only the heights of drawn rows are known. */
function useAnchored({ numbers, lines, geometry, position, wrap, onMeasured }: LogRowsProps) {
  const flow = useRef<HTMLDivElement>(null)
  const shown = useRef(false)
  useLayoutEffect(() => {
    if (!wrap || !flow.current) return
    const here = numbers.every((number) => lines(number) !== undefined)
    // Rows without their text are of another height: at first they are seen when all have it.
    shown.current ||= here
    flow.current.style.visibility = shown.current ? '' : 'hidden'
    const { line, part, y } = anchorOf(geometry, position)
    const row = flow.current.querySelector<HTMLElement>(`[data-line="${line}"]`)
    if (!row) return
    const top = position.scroll + y - row.offsetTop - part * row.offsetHeight
    flow.current.style.top = `${top}px`
    if (here) onMeasured(flow.current.offsetHeight / numbers.length)
  })
  return flow
}

const isIn = (lines: LineRange | null, number: number) =>
  lines !== null && number >= lines.first && number <= lines.last

/** The rows in view: each at its place, or wrapped and flowing around the anchor. */
export function LogRows(props: LogRowsProps) {
  const { numbers, lines, geometry, position, wrap, times, marked, error, onPick, onWhole } = props
  const flow = useAnchored(props)
  const digits = String(geometry.lines).length
  const rows = numbers.map((number) => (
    <LogRow
      key={number}
      number={number}
      line={lines(number)}
      top={wrap ? undefined : lineTop(position, number)}
      marked={isIn(marked, number)}
      failed={isIn(error, number)}
      digits={digits}
      times={times}
      onPick={onPick}
      onWhole={onWhole}
    />
  ))
  if (!wrap) return rows
  return (
    <div ref={flow} className={css.flow}>
      {rows}
    </div>
  )
}
