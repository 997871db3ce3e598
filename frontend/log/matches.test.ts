import { expect, test } from 'vitest'
import { matcher, matchesIn } from './matches.ts'
import type { Find } from './options.ts'

const find = (q: string, more: Partial<Find> = {}): Find => ({
  q,
  regex: false,
  exactCase: false,
  ...more,
})

function found(text: string, what: Find): string[] {
  const pattern = matcher(what)
  return pattern ? matchesIn(pattern, text).map(([start, end]) => text.slice(start, end)) : []
}

test('a plain term is taken literally and in any case', () => {
  expect(found('a.b A.B axb', find('a.b'))).toEqual(['a.b', 'A.B'])
  expect(found('a.b A.B', find('A.B', { exactCase: true }))).toEqual(['A.B'])
})

test('an expression is one only when asked for', () => {
  expect(found('loss 1.25', find('\\d+'))).toEqual([])
  expect(found('loss 1.25', find('\\d+', { regex: true }))).toEqual(['1', '25'])
})

test('what JavaScript cannot read, or might never end on, is left to the server', () => {
  expect(matcher(find('(?P<n>x)', { regex: true }))).toBeNull()
  expect(matcher(find('(a+)+$', { regex: true }))).toBeNull()
  expect(matcher(find(''))).toBeNull()
})

test('an empty match marks nothing', () => {
  expect(found('abc', find('x*', { regex: true }))).toEqual([])
})
