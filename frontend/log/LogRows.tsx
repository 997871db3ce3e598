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
  onPick: (number: number, extend: boolean) => void
  onWhole: (number: number) => void
  /** The mean height of wrapped rows, once their text is here. */
  onMeasured: (height: number) => void
}

/** Places the flow of wrapped rows by its anchor; only the heights of drawn rows are known. */
function useAnchored({ numbers, lines, geometry, position, wrap, onMeasured }: LogRowsProps) {
  const flow = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    if (!wrap || !flow.current) return
    const { line, part, y } = anchorOf(geometry, position)
    const row = flow.current.querySelector<HTMLElement>(`[data-line="${line}"]`)
    if (!row) return
    const top = position.scroll + y - row.offsetTop - part * row.offsetHeight
    flow.current.style.top = `${top}px`
    const here = numbers.every((number) => lines(number) !== undefined)
    if (here) onMeasured(flow.current.offsetHeight / numbers.length)
  })
  return flow
}

/** The rows in view: each at its place, or wrapped and flowing around the anchor. */
export function LogRows(props: LogRowsProps) {
  const { numbers, lines, geometry, position, wrap, times, marked, onPick, onWhole } = props
  const flow = useAnchored(props)
  const digits = String(geometry.lines).length
  const rows = numbers.map((number) => (
    <LogRow
      key={number}
      number={number}
      line={lines(number)}
      top={wrap ? undefined : lineTop(position, number)}
      marked={marked !== null && number >= marked.first && number <= marked.last}
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
