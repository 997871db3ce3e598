import { expect, test } from 'vitest'
import { isShown } from './shown.ts'

test.each([
  ['training_run.json', 20, true],
  ['plots/LOSS.PNG', 40_000, true],
  ['samples.jsonl', 300 * 1024, false],
  ['adapter_model.safetensors', 93, false],
  ['empty.txt', 0, false],
  ['page.html', 20, false],
  ['drawing.svg', 20, false],
])('%s of %d bytes: %s', (path, bytes, shown) => {
  expect(isShown(path, bytes)).toBe(shown)
})
