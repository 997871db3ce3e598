import { expect, test } from 'vitest'
import { NONE_TICKED, tick, tickAll } from './selecting.ts'

const all = ['a', 'b', 'c', 'd', 'e']
const ids = (ticked: { ids: ReadonlySet<string> }) => [...ticked.ids].sort().join('')

test('Shift reaches from the last tick, in both directions', () => {
  const one = tick(NONE_TICKED, all, 'd', false)
  expect(ids(tick(one, all, 'b', true))).toBe('bcd')
  const more = tick(tick(NONE_TICKED, all, 'a', false), all, 'c', true)
  expect(ids(more)).toBe('abc')
  expect(ids(tick(more, all, 'b', true))).toBe('a')
})

test('a range from a row that has gone is the row itself', () => {
  const gone = tick(NONE_TICKED, all, 'a', false)
  expect(ids(tick(gone, ['b', 'c', 'd'], 'd', true))).toBe('ad')
})

test('all are ticked, and then none', () => {
  const every = tickAll(tick(NONE_TICKED, all, 'b', false), all)
  expect(ids(every)).toBe('abcde')
  expect(ids(tickAll(every, all))).toBe('')
})
