import { expect, test } from 'vitest'
import {
  anchorOf,
  anchorTop,
  canvasHeight,
  type Geometry,
  isAtEnd,
  lastTop,
  linesAround,
  lineTop,
  type Position,
  ROW,
  reveal,
  scrolled,
  settled,
  toScroll,
  toTop,
  visibleLines,
} from './geometry.ts'

const SMALL: Geometry = { lines: 1_000, viewport: 600, row: ROW }
const HUGE: Geometry = { lines: 10_471_198, viewport: 617, row: ROW }
const start: Position = { top: 0, scroll: 0 }
const at = (geometry: Geometry, top: number) => settled(geometry, { top, scroll: 0 })

test('the canvas never grows past what every browser can scroll', () => {
  expect(canvasHeight(SMALL)).toBe(20_000)
  expect(canvasHeight(HUGE)).toBe(8_000_000)
})

test('a log that fits is scrolled one to one', () => {
  expect(toScroll(SMALL, 1_234)).toBe(1_234)
  expect(scrolled(SMALL, start, 19_400)).toEqual({ top: 19_400, scroll: 19_400 })
})

test('the ends of the canvas are the ends of the log, to the pixel', () => {
  expect(toTop(HUGE, 0)).toBe(0)
  expect(toTop(HUGE, canvasHeight(HUGE) - HUGE.viewport)).toBe(lastTop(HUGE))
  expect(toScroll(HUGE, lastTop(HUGE))).toBe(canvasHeight(HUGE) - HUGE.viewport)
})

test('the last line is shown at the end', () => {
  const end = at(HUGE, lastTop(HUGE))
  expect(visibleLines(HUGE, end).last).toBe(HUGE.lines)
  expect(lineTop(end, HUGE.lines) + ROW).toBeCloseTo(end.scroll + HUGE.viewport, 6)
  expect(isAtEnd(HUGE, end)).toBe(true)
})

test('places on the canvas and in the log are each other’s inverse', () => {
  for (let part = 0; part <= 1; part += 0.013) {
    const top = lastTop(HUGE) * part
    expect(toTop(HUGE, toScroll(HUGE, top))).toBeCloseTo(top, 3)
  }
})

test('a hundred small scrolls in the middle move exactly as many pixels', () => {
  let position = at(HUGE, 5_000_000 * ROW)
  const before = position.top
  for (let tick = 0; tick < 100; tick += 1) {
    position = scrolled(HUGE, position, position.scroll + 60)
  }
  expect(position.top - before).toBe(6_000)
})

test('rows stay where they are on the canvas while it scrolls by little', () => {
  const before = at(HUGE, 5_000_000 * ROW)
  const after = scrolled(HUGE, before, before.scroll + 60)
  expect(lineTop(after, 5_000_003)).toBe(lineTop(before, 5_000_003))
})

test('at rest the thumb goes where it belongs and the text stays', () => {
  const moved = scrolled(HUGE, at(HUGE, 100_000_000), toScroll(HUGE, 100_000_000) + 1_500)
  const rest = settled(HUGE, moved)
  expect(rest.top).toBe(moved.top)
  expect(rest.scroll).toBeCloseTo(toScroll(HUGE, moved.top), 6)
})

test('a dragged thumb moves by proportion', () => {
  const half = (canvasHeight(HUGE) - HUGE.viewport) / 2
  expect(scrolled(HUGE, start, half).top).toBeCloseTo(lastTop(HUGE) / 2, 0)
})

test('nothing scrolls past either end', () => {
  expect(settled(HUGE, { top: -500, scroll: 0 })).toEqual(start)
  expect(settled(HUGE, { top: 1e12, scroll: 0 }).top).toBe(lastTop(HUGE))
  expect(lastTop({ lines: 3, viewport: 600, row: ROW })).toBe(0)
})

test('growth of the log moves nothing that is in view', () => {
  const before = at(HUGE, 90_000_000)
  const grown = { ...HUGE, lines: HUGE.lines + 60_000 }
  const after = settled(grown, before)
  expect(after.top).toBe(before.top)
})

test('only a screenful of lines is drawn', () => {
  const { first, last } = visibleLines(HUGE, at(HUGE, 5_000_000 * ROW))
  expect(first).toBeLessThanOrEqual(5_000_001)
  expect(last - first).toBeLessThan(60)
})

test('an empty log has no lines to draw', () => {
  const { first, last } = visibleLines({ lines: 0, viewport: 600, row: ROW }, start)
  expect(last).toBeLessThan(first)
})

test('a line out of view is brought to the middle, one in view stays', () => {
  const top = reveal(HUGE, start, 5_000_000)
  expect(top + (HUGE.viewport - ROW) / 2).toBe(4_999_999 * ROW)
  expect(reveal(HUGE, start, 3)).toBe(0)
})

test('wrapped lines: the ends of the log stand at the ends of the view', () => {
  expect(anchorOf(HUGE, start)).toEqual({ line: 1, part: 0, y: 0 })
  const end = anchorOf(HUGE, at(HUGE, lastTop(HUGE)))
  expect(end).toEqual({ line: HUGE.lines, part: 1, y: HUGE.viewport })
})

test('wrapped lines that are all one row high stand where unwrapped ones do', () => {
  const position = at(HUGE, 77_777_777)
  const { line, part, y } = anchorOf(HUGE, position)
  expect((line - 1 + part) * ROW - y).toBeCloseTo(position.top, 3)
})

test('every wrapped line is drawn where it is revealed', () => {
  for (const number of [1, 2, 5_000_000, HUGE.lines]) {
    const anchor = anchorOf(HUGE, at(HUGE, anchorTop(HUGE, number)))
    const { first, last } = linesAround(HUGE, anchor)
    expect(anchor.line).toBe(number)
    expect(first <= number && number <= last).toBe(true)
  }
})
