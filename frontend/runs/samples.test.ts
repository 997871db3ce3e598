import { expect, test } from 'vitest'
import { toSamples } from './samples.ts'

const sample = { prompt: 'a', expected: 'b', before: 'c', after: 'd' }

test('samples are read as they were written', () => {
  expect(toSamples(JSON.stringify([sample]))).toEqual([sample])
})

test.each([
  '',
  '{"prompt"',
  'null',
  '{}',
  '[null, 1, {"prompt": "a"}]',
  JSON.stringify([{ ...sample, after: 1 }]),
])('%j holds no sample', (text) => {
  expect(toSamples(text)).toEqual([])
})
