/**
 * Where line N of ten million is, on a canvas that browsers can still scroll.
 *
 * Chromium clamps an element at 2^25 device pixels (half of that on a HiDPI screen) and Firefox makes
 * one of 17.9 million pixels collapse, so the canvas never grows past 8 million. The first and the last
 * million pixels lie on it one to one; what is between is squeezed. Small scrolls move the text by
 * exactly as many pixels, large ones (dragging the thumb) by proportion.
 */

export const ROW = 20
const CANVAS = 8_000_000
const EDGE = 1_000_000

/** `row`: how tall a line counts for scrolling; ROW, unless lines are wrapped. */
export type Geometry = { lines: number; viewport: number; row: number }

/** `top`: first pixel of the log in view. `scroll`: the element's scrollTop that stands for it. */
export type Position = { top: number; scroll: number }

const contentHeight = ({ lines, row }: Geometry) => lines * row
const isScaled = (geometry: Geometry) => contentHeight(geometry) > CANVAS

export const canvasHeight = (geometry: Geometry) => Math.min(contentHeight(geometry), CANVAS)

export const lastTop = (geometry: Geometry) =>
  Math.max(0, contentHeight(geometry) - geometry.viewport)

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high)

/** The place on the canvas that stands for `top`. */
export function toScroll(geometry: Geometry, top: number): number {
  const wanted = clamp(top, 0, lastTop(geometry))
  if (!isScaled(geometry) || wanted <= EDGE) return wanted
  const end = CANVAS - geometry.viewport
  const fromEnd = lastTop(geometry) - wanted
  if (fromEnd <= EDGE) return end - fromEnd
  const squeeze = (end - 2 * EDGE) / (lastTop(geometry) - 2 * EDGE)
  return EDGE + (wanted - EDGE) * squeeze
}

/** What stands at a place of the canvas; the inverse of `toScroll`. */
export function toTop(geometry: Geometry, scroll: number): number {
  if (!isScaled(geometry) || scroll <= EDGE) return clamp(scroll, 0, lastTop(geometry))
  const fromEnd = CANVAS - geometry.viewport - scroll
  if (fromEnd <= EDGE) return lastTop(geometry) - Math.max(0, fromEnd)
  const squeeze = (CANVAS - geometry.viewport - 2 * EDGE) / (lastTop(geometry) - 2 * EDGE)
  return EDGE + (scroll - EDGE) / squeeze
}

const SMALL = 3

/** After the element has scrolled: by a little, exactly as far; by a lot, in proportion. */
export function scrolled(geometry: Geometry, before: Position, scroll: number): Position {
  const delta = scroll - before.scroll
  const exact = isScaled(geometry) && Math.abs(delta) <= SMALL * geometry.viewport
  const top = exact ? clamp(before.top + delta, 0, lastTop(geometry)) : toTop(geometry, scroll)
  return { top, scroll }
}

/** At rest: the same text, with the thumb where it belongs. */
export const settled = (geometry: Geometry, { top }: Position): Position => ({
  top: clamp(top, 0, lastTop(geometry)),
  scroll: toScroll(geometry, top),
})

/** Where on the canvas to draw line `number` (from 1). */
export const lineTop = (position: Position, number: number) =>
  (number - 1) * ROW + position.scroll - position.top

/** The lines to draw, [first, last], with some to spare on either side. */
export function visibleLines(
  geometry: Geometry,
  position: Position,
): { first: number; last: number } {
  const spare = 10
  const first = Math.floor(position.top / ROW) + 1
  const count = Math.ceil(geometry.viewport / ROW)
  return {
    first: Math.max(1, first - spare),
    last: Math.min(geometry.lines, first + count + spare),
  }
}

/** A point of the log (`part` of a line) and where in the view it stands. */
export type Anchor = { line: number; part: number; y: number }

/**
 * Where lines of unequal height are: what is a third through the log stands a third down the view.
 *
 * So the first line begins at the top, the last one ends at the bottom, every line between comes
 * by, and nothing needs to know the height of a line that is not in view.
 */
export function anchorOf(geometry: Geometry, { top }: Position): Anchor {
  const whole = lastTop(geometry)
  const progress = whole === 0 ? 0 : clamp(top / whole, 0, 1)
  const point = progress * geometry.lines
  const before = Math.max(0, Math.min(Math.floor(point), geometry.lines - 1))
  return { line: before + 1, part: point - before, y: progress * geometry.viewport }
}

/** The same part of the log, when its lines count for more or less than before. */
export function rescaled(before: Geometry, after: Geometry, { top }: Position): Position {
  const whole = lastTop(before)
  return settled(after, { top: whole === 0 ? 0 : (top / whole) * lastTop(after), scroll: 0 })
}

/** The lines to draw around an anchor; they are at least ROW high each. */
export function linesAround({ lines, viewport }: Geometry, { line, y }: Anchor) {
  const above = Math.ceil(y / ROW) + 2
  const below = Math.ceil((viewport - y) / ROW) + 2
  return { first: Math.max(1, line - above), last: Math.min(lines, line + below) }
}

/** The position at which a wrapped line is in view, however tall its neighbours are. */
export const anchorTop = (geometry: Geometry, number: number) =>
  geometry.lines === 0 ? 0 : ((number - 0.5) / geometry.lines) * lastTop(geometry)

/** The line in the middle of what is seen. */
export function middleLine(geometry: Geometry, { top }: Position): number {
  const middle = Math.floor((top + geometry.viewport / 2) / geometry.row) + 1
  return clamp(middle, 1, Math.max(1, geometry.lines))
}

export const isAtEnd = (geometry: Geometry, position: Position) =>
  position.top >= lastTop(geometry) - 2

/** The position that shows a line in the middle; the present one when it is in full view. */
export function reveal(geometry: Geometry, position: Position, number: number): number {
  const line = (number - 1) * ROW
  const shown = line >= position.top && line + ROW <= position.top + geometry.viewport
  return shown ? position.top : line - (geometry.viewport - ROW) / 2
}
