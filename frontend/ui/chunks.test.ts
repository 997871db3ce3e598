import { expect, test } from 'vitest'
import { chunksOf } from './chunks.ts'

const cut = (text: string) => Array.from(chunksOf(text))

/** What the pieces hold, with the newlines that end chunks put back. */
function rebuilt(text: string): string {
  let at = 0
  let out = ''
  for (const { start, end } of cut(text).flatMap((chunk) => chunk.pieces)) {
    const between = text.slice(at, start)
    expect(['', '\n']).toContain(between)
    out += between + text.slice(start, end)
    at = end
  }
  return out + text.slice(at)
}

const LONG = 'x'.repeat(10_000)

test.each([
  ['nothing', ''],
  ['one line', 'one'],
  ['a newline at the end', 'one\n'],
  ['empty lines', '\n\n\n'],
  ['a thousand lines', 'line\n'.repeat(1_000)],
  ['a thousand and one lines', `${'line\n'.repeat(1_000)}last`],
  ['a long line alone', LONG],
  ['a long line between short ones', `a\nb\n${LONG}\nc\n`],
  ['long lines after each other', `${LONG}\n${LONG}\n`],
  ['a line of a megabyte', 'y'.repeat(1_000_000)],
])('no character of %s is lost or shown twice', (_, text) => {
  expect(rebuilt(text)).toBe(text)
})

test('a hundred thousand lines are a hundred chunks', () => {
  const chunks = cut(Array.from({ length: 100_000 }, (_, number) => `line ${number}`).join('\n'))
  expect(chunks).toHaveLength(100)
  expect(chunks.every(({ rows }) => rows === 1_000)).toBe(true)
})

test('no piece of a long line is over 4 KB', () => {
  const pieces = cut(`short\n${'z'.repeat(100_000)}`).flatMap((chunk) => chunk.pieces)
  expect(Math.max(...pieces.map(({ start, end }) => end - start))).toBe(4_096)
})
