import { expect, test } from 'vitest'
import { nearest } from './hits.ts'

const hits = [8, 40, 41, 90].map((line) => ({ line }))

test.each([
  [1, 0],
  [24, 0],
  [39, 1],
  [60, 2],
  [6_200, 3],
])('from line %i on, the nearest hit is number %i', (line, index) => {
  expect(nearest(hits, line)).toBe(index)
})

test('of two hits of one line the first is gone to', () => {
  expect(nearest([{ line: 3 }, { line: 7 }, { line: 7 }], 7)).toBe(1)
})
