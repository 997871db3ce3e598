import { expect, test } from 'vitest'
import { calledFirst, commandsFor, matching } from './commands.ts'

const names = (path: string, typed: string) =>
  matching(commandsFor(path), typed).map(({ name }) => name)

test('pages are found by any words of their names, in any case', () => {
  expect(names('/', 'SYS')).toEqual(['System'])
  expect(names('/', 'runs fail')).toEqual(['Failed runs'])
  expect(names('/', 'nothing like it')).toEqual([])
})

test('on a run its log and its settings come first; where one is, one need not go', () => {
  expect(names('/runs/run_1', '').slice(0, 2)).toEqual(['View log', 'Run again with changes'])
  expect(names('/runs/run_1/log', '')[0]).toBe('Run page')
})

test('runs that are called by what is typed come before those that only hold it', () => {
  const runs = ['base', 'LoRA 1', 'other', 'lora 2'].map((name) => ({ name, note: '', to: '/' }))
  const order = (typed: string) => calledFirst(runs, typed).map(({ name }) => name)
  expect(order('lora')).toEqual(['LoRA 1', 'lora 2', 'base', 'other'])
  expect(order('')).toEqual(['base', 'LoRA 1', 'other', 'lora 2'])
})
