import { expect, test } from 'vitest'
import { primaryOf } from './primary.ts'

const command = { kind: 'command', attempt: 2 } as const
const training = { kind: 'training', attempt: 2 } as const

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
