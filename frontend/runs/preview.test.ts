import { expect, test } from 'vitest'
import { headlineOf } from './preview.ts'

test('a headline that says what the title says is not said twice', () => {
  const run = { title: 'Ended by SIGKILL', headline: 'Ended by SIGKILL.' }
  expect(headlineOf(run)).toBeNull()
  expect(headlineOf({ ...run, title: 'Killed' })).toBe('Ended by SIGKILL.')
})
