import { expect, test } from 'vitest'
import { primaryOf } from './primary.ts'

const command = { kind: 'command', attempt: 2, status: 'cancelled', executor: null } as const
const training = { ...command, kind: 'training' } as const

test.each([
  ['queued', null, null],
  ['running', 'log', 'log'],
  ['completed', 'log', 'again'],
  ['cancelled', 'log', 'retry'],
  ['failed', 'copy', 'copy'],
  ['lost', 'copy', 'copy'],
] as const)('a run that is %s offers one thing first', (status, ofCommand, ofTraining) => {
  expect(primaryOf(command, { number: 2, status }, true)).toBe(ofCommand)
  expect(primaryOf(training, { number: 2, status }, true)).toBe(ofTraining)
})

test('where no error was printed the log is read, and an earlier attempt is not started again', () => {
  expect(primaryOf(command, { number: 2, status: 'failed' }, false)).toBe('log')
  expect(primaryOf(training, { number: 1, status: 'cancelled' }, undefined)).toBe('log')
})

test('a command that an engine placed can be placed again', () => {
  const placed = { ...command, executor: 'slurm' }
  expect(primaryOf(placed, { number: 2, status: 'cancelled' }, true)).toBe('retry')
  expect(primaryOf(placed, { number: 2, status: 'completed' }, true)).toBe('log')
})
