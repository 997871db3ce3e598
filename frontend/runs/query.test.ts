import { expect, test } from 'vitest'
import { directionOf, nextSort, spanOf, withSpan } from './query.ts'

test('a span replaces the times of a query and nothing else of it', () => {
  expect(withSpan('llama since:2026-01-01 lr:<1e-4', 'yesterday')).toBe(
    'llama lr:<1e-4 since:yesterday until:yesterday',
  )
  expect(withSpan('since:today', '')).toBe('')
  expect(withSpan('notsince:x until:3d', 'week')).toBe('notsince:x since:6d')
})

test('the span of a query is told from its times', () => {
  expect(spanOf('')).toBe('')
  expect(spanOf('a since:yesterday b until:yesterday')).toBe('yesterday')
  expect(spanOf('since:2026-01-01')).toBe('own')
  for (const name of ['today', 'week', 'month']) expect(spanOf(withSpan('x', name))).toBe(name)
})

test('a column sorts one way, the other way, and then no more', () => {
  expect(nextSort(undefined, 'finalLoss', false)).toBe('finalLoss')
  expect(nextSort('finalLoss', 'finalLoss', false)).toBe('-finalLoss')
  expect(nextSort('-finalLoss', 'finalLoss', false)).toBeUndefined()
  expect(nextSort('-duration', 'startedAt', true)).toBe('-startedAt')
  expect(directionOf('-startedAt', 'startedAt')).toBe('descending')
  expect(directionOf('lr', 'learningRate')).toBeUndefined()
})
