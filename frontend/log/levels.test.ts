import { expect, test } from 'vitest'
import { levelOf } from './levels.ts'

test.each([
  ['2026-11-27 21:39:56,529 ERROR train: step 120 failed', 'error'],
  ['[rank0]: torch.OutOfMemoryError: CUDA out of memory', 'error'],
  ['Traceback (most recent call last):', 'error'],
  ['{"level": "ERROR", "msg": "x"}', 'error'],
  ['E1127 10:00:00.000000 1 x.cc:3] no', 'error'],
  ['WARNING:root:careful', 'warning'],
  ['x.py:3: UserWarning: old', 'warning'],
  ['[DEBUG] shapes', 'debug'],
  ['INFO train: 0 errors', null],
  ['the error of a word', null],
  ["{'loss': 0.5}", null],
  ['', null],
])('%s', (line, level) => {
  expect(levelOf(line)).toBe(level)
})
