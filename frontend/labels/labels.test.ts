import { expect, test } from 'vitest'
import { labelled, tagsIn } from './labels.ts'

test('tags are separated by commas and may hold blanks', () => {
  expect(tagsIn(' base, a b ,,')).toEqual(['base', 'a b'])
  expect(tagsIn('')).toEqual([])
})

test('a label with a blank is quoted in a query', () => {
  expect(labelled('tag', 'base')).toBe('/?q=tag%3Abase')
  expect(labelled('project', 'a b')).toBe('/?q=project%3A%22a+b%22')
})
