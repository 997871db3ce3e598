import { expect, test } from 'vitest'
import { bytesTick, tickOf } from './ticks.ts'

const marks = (values: number[], step: number) => values.map((value) => tickOf(value, step))

test('marks differ, however close they are', () => {
  expect(marks([9.85e-4, 9.9e-4, 9.95e-4, 1e-3], 5e-6)).toEqual([
    '9.85e-4',
    '9.9e-4',
    '9.95e-4',
    '1e-3',
  ])
  expect(marks([0, 0.25, 0.5, 10], 0.25)).toEqual(['0', '0.25', '0.50', '10.00'])
  expect(marks([9, 10, 11], 1)).toEqual(['9', '10', '11'])
  expect(marks([1_000_000, 1_250_000], 250_000)).toEqual(['1e6', '1.25e6'])
  expect(marks([-2e-5, 2e-5], 2e-5)).toEqual(['-2e-5', '2e-5'])
})

test('bytes have the unit of the value and the digits of the step', () => {
  const ticks = [0, 5e8, 1e9, 1.05e9, 1.5e9].map((value) => bytesTick(value, 5e7))
  expect(ticks).toEqual(['0 bytes', '500 MB', '1.00 GB', '1.05 GB', '1.50 GB'])
})
