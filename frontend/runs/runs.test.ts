import { expect, test } from 'vitest'
import { runTexts } from '~/texts/run.ts'
import {
  begun,
  exitFact,
  flagName,
  logFact,
  lossName,
  nameOf,
  readable,
  reasonOf,
  stageName,
  trainingFacts,
} from './facts.ts'
import { parseFilter } from './filter.ts'
import { shellWord } from './Spec.tsx'

test('a run ends with an exit code or a signal, never both', () => {
  expect(exitFact({ exitCode: 15, signal: null })).toEqual(['Exit code', '15'])
  expect(exitFact({ exitCode: 0, signal: null })).toEqual(['Exit code', '0'])
  expect(exitFact({ exitCode: null, signal: 'SIGKILL' })).toEqual(['Signal', 'SIGKILL'])
  expect(exitFact({ exitCode: null, signal: null })).toBeNull()
})

test('code that stands in no file is named in words, and a file by its path', () => {
  expect(runTexts.frame('<string>', 1, '<module>')).toBe(
    'Code given as a string (python -c), line 1, in <module>',
  )
  expect(runTexts.frame('src/<string>.py', 2, 'f')).toBe('src/<string>.py, line 2, in f')
})

test('a training names what is not known of it, a recorded command only what it told', () => {
  const run = { stage: null, baseModel: null, datasetSize: null, finalLoss: 0.5 }
  const of = (kind: 'training' | 'command') =>
    trainingFacts({ ...run, kind, status: 'failed' }).map(([label]) => label)
  expect(of('training')).toEqual(['Stage', 'Model', 'Samples', 'Final loss'])
  expect(of('command')).toEqual(['Final loss'])
})

test('a completed run is in no stage any more', () => {
  const run = { stage: 'save_adapter', baseModel: null, datasetSize: null, finalLoss: null }
  const of = (status: 'completed' | 'failed') =>
    trainingFacts({ ...run, kind: 'training', status }).find(([label]) => label === 'Stage')
  expect(of('failed')).toEqual(['Stage', 'Saving adapter'])
  expect(of('completed')).toEqual(['Stage', '–'])
})

test('the loss of a completed training is called a mean, as it is no point of its curve', () => {
  expect(lossName({ kind: 'training', status: 'completed' })).toBe('Loss (last epoch, mean)')
  expect(lossName({ kind: 'training', status: 'failed' })).toBe('Final loss')
  expect(lossName({ kind: 'command', status: 'completed' })).toBe('Final loss')
  expect(lossName({ kind: 'command', status: 'running' })).toBe('Loss so far')
})

test('a command that runs tells how much it wrote, as soon as it wrote', () => {
  expect(begun({ kind: 'command', logBytes: 86_000 })).toBe('86 kB logged')
  expect(begun({ kind: 'command', logBytes: 0 })).toBe('Starting…')
  expect(begun({ kind: 'training', logBytes: 86_000 })).toBe('Starting…')
})

test('a run is called by its name or command and its id, or by its id alone', () => {
  const run = { id: 'run_1', name: 'nightly', shortCommand: 'python train.py' }
  expect(nameOf(run)).toBe('nightly (run_1)')
  expect(nameOf({ ...run, name: null })).toBe('python train.py (run_1)')
  expect(nameOf({ ...run, name: null, shortCommand: null })).toBe('run_1')
})

test('a slug is readable', () => {
  expect(readable('stopped_by_user')).toBe('stopped by user')
})

test('a stage, a reason and a flag are told in plain words; one we do not know, in its own', () => {
  expect(stageName('wrap_adapter')).toBe('Adding adapter')
  expect(stageName('constructor')).toBe('constructor')
  expect(stageName('warm\u202eup')).toBe('warm<U+202E>up')
  expect(reasonOf('stopped_by_user')).toBe('cancelled by a user')
  expect(flagName('log_gap')).toBe('gap in log')
  expect(flagName('stalled')).toBe('stalled')
  expect(reasonOf('power_cut')).toBe('power cut')
})

test('an address gives the filter it holds and nothing else', () => {
  expect(parseFilter('status=failed&q=&evil=1&fingerprint=ab&cursor=abc')).toEqual({
    status: 'failed',
    fingerprint: 'ab',
    cursor: 'abc',
  })
})

test.each([
  ['plain-word_1.0', 'plain-word_1.0'],
  ['two words', "'two words'"],
  ["it's", "'it'\\''s'"],
  ['', "''"],
  ['$(id)', "'$(id)'"],
])('the word %s is written %s in a shell', (word, written) => {
  expect(shellWord(word)).toBe(written)
})

test('a log of which a part is still to come says how much', () => {
  const sent = { logBytes: 5_000_000, shippedBytes: 2_000_000 }
  expect(logFact({ ...sent, status: 'running' })).toBe('5.0 MB, 3.0 MB behind')
  expect(logFact({ ...sent, status: 'lost' })).toBe('5.0 MB')
  expect(logFact({ logBytes: 86_000, shippedBytes: 86_000, status: 'running' })).toBe('86 kB')
  expect(logFact({ logBytes: 86_000, shippedBytes: null, status: 'running' })).toBe('86 kB')
})
