import { expect, test } from 'vitest'
import { pairs } from './sides.ts'

const line = (
  sign: ' ' | '-' | '+',
  before: number | null,
  after: number | null,
  text: string,
) => ({
  sign,
  before,
  after,
  text,
  marked: text === 'failed',
})

test('what came in place of a line stands beside it, and the rest beside nothing', () => {
  const rows = pairs([
    line(' ', 1, 1, 'same'),
    line('-', 2, null, 'old'),
    line('+', null, 2, 'failed'),
    line('+', null, 3, 'more'),
    line(' ', 3, 4, 'end'),
    line('-', 4, null, 'gone'),
  ])
  expect(rows.map(({ before, after }) => [before?.text, after?.text])).toEqual([
    ['same', 'same'],
    ['old', 'failed'],
    [undefined, 'more'],
    ['end', 'end'],
    ['gone', undefined],
  ])
  expect(rows.map(({ marked }) => marked)).toEqual([false, true, false, false, false])
  expect(rows[1]?.after?.number).toBe(2)
})
