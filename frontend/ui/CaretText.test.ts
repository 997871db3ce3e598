import { expect, test } from 'vitest'
import { marksOf } from './CaretText.tsx'

const CODE = '    loss = model(batch)'
const CARETS = '           ^^^^^~~~~~~~'
const TEXT = `  File "train.py", line 3, in main\n${CODE}\n${CARETS}\nValueError: a ^ b\n`

test('code and the carets below it are one part, and nothing is lost', () => {
  const parts = marksOf(TEXT)
  expect(parts.map(({ start, end }) => TEXT.slice(start, end)).join('')).toBe(TEXT)
  expect(
    parts.filter(({ marked }) => marked).map(({ start, end }) => TEXT.slice(start, end)),
  ).toEqual([`${CODE}\n${CARETS}`])
})

test('a text without carets is one part', () => {
  expect(marksOf('KeyError: 1')).toEqual([{ start: 0, end: 11, marked: false }])
  expect(marksOf('')).toEqual([{ start: 0, end: 0, marked: false }])
})
