import { expect, test } from 'vitest'
import {
  countCharacters,
  formatAgo,
  formatBytes,
  formatClock,
  formatDuration,
  formatElapsed,
  formatLoss,
  formatPercent,
  formatRough,
  ordinal,
  plural,
  shortModel,
  timeLeft,
} from './format.ts'

test.each([
  [0, '< 0.1 s'],
  [49, '< 0.1 s'],
  [50, '0.1 s'],
  [420, '0.4 s'],
  [9_949, '9.9 s'],
  [9_950, '10 s'],
  [59_499, '59 s'],
  [59_600, '1 min 00 s'],
  [192_000, '3 min 12 s'],
  [3_599_700, '1 h 00 min'],
  [7_500_000, '2 h 05 min'],
  [90_000_000, '1 d 01 h'],
  [-5, '< 0.1 s'],
])('a duration of %d ms is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1_000, '1.0 kB'],
  [1_440, '1.4 kB'],
  [9_949, '9.9 kB'],
  [9_960, '10 kB'],
  [999_499, '999 kB'],
  [999_600, '1.0 MB'],
  [312_000_000, '312 MB'],
  [1_073_762_184, '1.1 GB'],
  [5e15, '5000 TB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

test.each([
  [0, '0%'],
  [0.05, '0.05%'],
  [0.151, '0.15%'],
  [2.5, '2.5%'],
  [41.6, '42%'],
  [198, '198%'],
])('a part of %d in a hundred is %s', (value, text) => {
  expect(formatPercent(value)).toBe(text)
})

const NOW = Date.parse('2026-11-22T20:14:02.123Z')
const before = (seconds: number) => new Date(NOW - seconds * 1_000).toISOString()

test.each([
  [-30, 'just now'],
  [4, 'just now'],
  [42, '42 s ago'],
  [60, '1 min ago'],
  [3_599, '59 min ago'],
  [3 * 86_400, '3 days ago'],
])('%d seconds old is %s', (age, text) => {
  expect(formatAgo(before(age), NOW)).toBe(text)
})

const local = (day: number, hour: number, minute = 0) =>
  new Date(2026, 10, day, hour, minute).getTime()

test.each([
  [local(27, 6, 15), '2 h ago'],
  [local(27, 0, 5), '8 h ago'],
  [local(26, 23, 55), 'yesterday'],
  [local(26, 0, 5), 'yesterday'],
  [local(25, 14, 25), '2 days ago'],
  [local(21, 0, 5), '6 days ago'],
  [local(20, 23, 55), '20 Nov 2026'],
  [local(-8, 12), '23 Oct 2026'],
])('days are those of the calendar: at 08:15, %d is %s', (at, text) => {
  expect(formatAgo(at, local(27, 8, 15))).toBe(text)
})

test('what has just happened is not yesterday, even past midnight', () => {
  expect(formatAgo(local(26, 23, 50), local(27, 0, 10))).toBe('20 min ago')
})

test('places in a queue are spoken as people do', () => {
  expect([1, 2, 3, 4, 11, 12, 13, 21, 102, 1_003].map(ordinal)).toEqual([
    '1st',
    '2nd',
    '3rd',
    '4th',
    '11th',
    '12th',
    '13th',
    '21st',
    '102nd',
    '1,003rd',
  ])
})

test('a run that has not started has no duration, and one that runs has it up to now', () => {
  expect(formatElapsed({ startedAt: null, finishedAt: null }, NOW)).toBe('–')
  expect(formatElapsed({ startedAt: before(42), finishedAt: null }, NOW)).toBe('42 s')
  expect(formatElapsed({ startedAt: before(42), finishedAt: before(12) }, NOW)).toBe('30 s')
  const jumped = { startedAt: before(86_400), finishedAt: before(0), seconds: 4 }
  expect(formatElapsed(jumped, NOW)).toBe('4.0 s')
})

test('a browser clock behind the server makes no negative duration', () => {
  expect(formatElapsed({ startedAt: before(-60), finishedAt: null }, NOW)).toBe('< 0.1 s')
})

test.each([
  [null, '–'],
  [0, '0.0000'],
  [0.4127, '0.4127'],
  [1.23e-7, '1.230e-7'],
  [-2, '-2.0000'],
  [12_345_678, '1.235e+7'],
])('a loss of %d is %s', (loss, text) => {
  expect(formatLoss(loss)).toBe(text)
})

test('time left is the pace so far, and unknown while that would be a guess', () => {
  expect(timeLeft(300, 600, 60_000)).toBe(60_000)
  expect(timeLeft(3, 600, 60_000)).toBeNull()
  expect(timeLeft(600, 600, 60_000)).toBeNull()
  expect(timeLeft(300, null, 60_000)).toBeNull()
  expect(timeLeft(300, 600, null)).toBeNull()
})

test.each([
  [20_000, 'under 1 min'],
  [40_000, 'about 1 min'],
  [230_000, 'about 4 min'],
  [3_599_000, 'about 1 h 00 min'],
])('an estimate of %d ms is %s', (ms, text) => {
  expect(formatRough(ms)).toBe(text)
})

test('characters are code points, as the server counts them', () => {
  expect(countCharacters('aé😀')).toBe(3)
  expect(countCharacters('😀😀\ud83d')).toBe(3)
  expect(countCharacters('')).toBe(0)
})

test('a model is called by the last part of its name', () => {
  expect(shortModel('google/flan-t5-small')).toBe('flan-t5-small')
  expect(shortModel('/models/tiny/')).toBe('tiny')
  expect(shortModel(null)).toBe('–')
})

test('one is singular, all else plural', () => {
  expect(plural(1, 'line')).toBe('1 line')
  expect(plural(1_240, 'line')).toBe('1,240 lines')
})

test('seconds on an axis read as on a clock', () => {
  expect([0, 42, 725, 7_500].map(formatClock)).toEqual(['0:00', '0:42', '12:05', '2:05:00'])
})
