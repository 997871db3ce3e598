import { expect, test } from 'vitest'
import { choices } from './choices.ts'

const ids = (runs: { id: string }[]) => runs.map(({ id }) => id)

test('a run whose id was typed whole is the first choice, though newer ids begin alike', () => {
  const runs = [{ id: 'run_1_3' }, { id: 'run_1_2' }, { id: 'run_1' }]
  expect(ids(choices(runs, 'run_1', []))).toEqual(['run_1', 'run_1_3', 'run_1_2'])
  expect(ids(choices(runs, 'run_1', ['run_1']))).toEqual(['run_1_3', 'run_1_2'])
  expect(ids(choices(runs, 'lora', []))).toEqual(['run_1_3', 'run_1_2', 'run_1'])
})
