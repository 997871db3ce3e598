import { expect, test } from 'vitest'
import { beginningOf, headlineOf } from './preview.ts'

const place = 'File "train.py", line 7, in main'

test('a preview is the place, without the headline that stands above it', () => {
  const errorPreview = `Traceback (most recent call last):\n  ${place}\nValueError: no labels at all`
  const run = { title: 'No labels', headline: 'ValueError: no labels at all', errorPreview }
  expect(beginningOf(run)).toBe(place)
})

test('a headline that the preview breaks off in is not repeated either', () => {
  const errorPreview = `Traceback (most recent call last):\n  ${place}\nValueError: no labels at`
  const run = { title: null, headline: 'ValueError: no labels at all', errorPreview }
  expect(beginningOf(run)).toBe(place)
})

test('a preview that begins with the headline goes on after it', () => {
  const headline = 'Fatal Python error: Segmentation fault'
  const run = { title: null, headline, errorPreview: `${headline}\n\nCurrent thread 0x1` }
  expect(beginningOf(run)).toBe('Current thread 0x1')
  expect(beginningOf({ ...run, errorPreview: headline })).toBe('')
})

test('a headline that says what the title says is not said twice', () => {
  const run = { title: 'Ended by SIGKILL', headline: 'Ended by SIGKILL.', errorPreview: null }
  expect(headlineOf(run)).toBeNull()
  expect(headlineOf({ ...run, title: 'Killed' })).toBe('Ended by SIGKILL.')
})
