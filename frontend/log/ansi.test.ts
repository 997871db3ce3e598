import { expect, test } from 'vitest'
import { isSpecial, lastUpdate, legible, type Token, tokenize } from './ansi.ts'

const shown = (text: string) => tokenize(text).map((token) => token.text)
const styles = (text: string) =>
  tokenize(text).map((token) => (token.kind === 'text' ? [token.text, token.style] : token.text))

test('plain text is one token', () => {
  expect(isSpecial('plain\ttext\nand more')).toBe(false)
  expect(tokenize('plain\ttext')).toEqual([
    { kind: 'text', text: 'plain\ttext', start: 0, end: 10, style: null },
  ])
})

test('SGR colours and styles are honoured and take no room', () => {
  expect(styles('\x1b[1;31mred\x1b[0m plain')).toEqual([
    ['red', { bold: true, fg: 'red' }],
    [' plain', null],
  ])
  expect(styles('\x1b[92mbright\x1b[39m')).toEqual([['bright', { fg: 'bright-green' }]])
  expect(styles('\x1b[41;37mx\x1b[49my')).toEqual([
    ['x', { bg: 'red', fg: 'white' }],
    ['y', { fg: 'white' }],
  ])
})

test('256 colours and true colour, with semicolons or colons', () => {
  expect(styles('\x1b[38;5;9ma\x1b[38;5;208mb\x1b[48;2;1;2;3mc')).toEqual([
    ['a', { fg: 'bright-red' }],
    ['b', { fg: 'rgb(255 135 0)' }],
    ['c', { fg: 'rgb(255 135 0)', bg: 'rgb(1 2 3)' }],
  ])
  expect(styles('\x1b[38:5:240mgrey')).toEqual([['grey', { fg: 'rgb(88 88 88)' }]])
})

test('a colour value cannot be more than a colour', () => {
  expect(styles('\x1b[38;2;999;0;0mx')).toEqual([['x', { fg: 'rgb(255 0 0)' }]])
})

test('every line begins without style', () => {
  expect(styles('\x1b[31mred\nnot red')).toEqual([
    ['red\n', { fg: 'red' }],
    ['not red', null],
  ])
})

test('a link of the terminal is no link, and its address is not shown as text', () => {
  expect(shown('\x1b]8;;javascript:alert(1)\x07click\x1b]8;;\x07')).toEqual(['ESC', 'click', 'ESC'])
  expect(shown('\x1b]8;;https://a.b\x1b\\x')).toEqual(['ESC', 'x'])
})

test('cursor movements, titles and device strings become one mark each', () => {
  expect(shown('\x1b[2Ja\x1b[Ab\x1b]0;title\x07c\x1bPq\x1b\\d\x1bMe')).toEqual(
    'ESC a ESC b ESC c ESC d ESC e'.split(' '),
  )
})

test('a sequence that is cut off swallows no text', () => {
  expect(shown('split \x1b[3')).toEqual(['split ', 'ESC'])
  expect(shown('\x1b]8;;never closed')).toEqual(['ESC', ']8;;never closed'])
})

test('control characters are named, and those that reorder or hide text show their code point', () => {
  expect(shown('a\0b\x07c\x7f')).toEqual(['a', 'NUL', 'b', 'BEL', 'c', 'DEL'])
  expect(shown('\u202egnp.exe')).toEqual(['U+202E', 'gnp.exe'])
  expect(shown('x\u200by\ufeff')).toEqual(['x', 'U+200B', 'y', 'U+FEFF'])
  expect(shown('\x85')).toEqual(['U+0085'])
})

test('where no element can stand, what could deceive is named in the text', () => {
  expect(legible('\u202egnp.exe\x1b[2J\n')).toBe('<U+202E>gnp.exe<ESC>[2J<LF>')
  expect(legible('größe <b>')).toBe('größe <b>')
})

test('markup is text', () => {
  expect(shown('<script>alert(1)</script>')).toEqual(['<script>alert(1)</script>'])
})

test('a carriage return that only ends a line is not shown, another one is', () => {
  expect(shown('windows\r\nnext\r')).toEqual(['windows', '\n', 'next'])
  expect(shown('a\rb')).toEqual(['a', 'CR', 'b'])
})

function covered(tokens: Token[]): boolean {
  let end = 0
  return tokens.every((token) => {
    const ordered = token.start >= end && token.end > token.start
    end = token.end
    return ordered
  })
}

test('tokens follow each other, and text tokens are exactly their source, for any input', () => {
  const parts = ['\x1b[', '31m', ';', '\x1b]', '\x07', '\n', '\r', 'ab', '\u202e', '\x9b', 'm', '0']
  let seed = 7
  const next = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return seed % below
  }
  for (let round = 0; round < 2_000; round += 1) {
    const text = Array.from({ length: next(14) }, () => parts[next(parts.length)]).join('')
    const tokens = tokenize(text)
    expect(covered(tokens)).toBe(true)
    for (const token of tokens) {
      if (token.kind === 'text') expect(token.text).toBe(text.slice(token.start, token.end))
    }
  }
})

test('a megabyte of unclosed escapes is cut into tokens at once', () => {
  const began = performance.now()
  expect(tokenize('\x1b]'.repeat(100_000)).length).toBeGreaterThan(100_000)
  expect(performance.now() - began).toBeLessThan(2_000)
})

test('a progress bar says what it said last, and how often it spoke', () => {
  expect(lastUpdate(' 10%\r 50%\r100%')).toEqual({ text: '100%', start: 10, updates: 3 })
  expect(lastUpdate(' 10%\r100%\r')).toEqual({ text: '100%', start: 5, updates: 2 })
  expect(lastUpdate('plain')).toEqual({ text: 'plain', start: 0, updates: 1 })
  expect(lastUpdate('\r\r')).toEqual({ text: '', start: 0, updates: 0 })
})
