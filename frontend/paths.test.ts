import { expect, test } from 'vitest'
import { files, lineHash, parseLineHash, paths } from './paths.ts'

test('addresses leave out what is not set', () => {
  expect(paths.runs()).toBe('/')
  expect(paths.runs({ status: undefined, q: '' })).toBe('/')
  expect(paths.runs({ status: 'failed', q: 'a&b' })).toBe('/?status=failed&q=a%26b')
  expect(paths.runs({ fingerprint: 'ab12' })).toBe('/?fingerprint=ab12')
  expect(paths.errors()).toBe('/errors')
  expect(paths.errors({ cursor: 't_f', q: '' })).toBe('/errors?cursor=t_f')
  expect(paths.run('run_1')).toBe('/runs/run_1')
  expect(paths.run('run_1', 2)).toBe('/runs/run_1?attempt=2')
})

test('an id cannot leave its place in an address', () => {
  expect(paths.run('../system')).toBe('/runs/..%2Fsystem')
  expect(files.error('a/b?c#d')).toBe('/api/training/runs/a%2Fb%3Fc%23d/error')
})

test('a log address holds the attempt and the lines', () => {
  expect(paths.log('run_1')).toBe('/runs/run_1/log')
  const lines = { first: 10, last: 20 }
  expect(paths.log('run_1', { attempt: 2, lines })).toBe('/runs/run_1/log?attempt=2#L10-L20')
})

test('a download names itself as one', () => {
  expect(files.logDownload('run_1', 3)).toBe('/api/training/runs/run_1/log?attempt=3&download=1')
})

test.each([
  ['#L10', { first: 10, last: 10 }],
  ['L10', { first: 10, last: 10 }],
  ['#L10-L20', { first: 10, last: 20 }],
  ['#L20-L10', { first: 10, last: 20 }],
  ['#L10-20', { first: 10, last: 20 }],
  ['#L0', null],
  ['#L', null],
  ['#L1x', null],
  ['#main', null],
  ['', null],
])('the hash %s names lines %o', (hash, lines) => {
  expect(parseLineHash(hash)).toEqual(lines)
})

test('a hash that was made is read back', () => {
  for (const lines of [
    { first: 5, last: 5 },
    { first: 5_000_000, last: 5_000_040 },
  ]) {
    expect(parseLineHash(lineHash(lines))).toEqual(lines)
  }
})
