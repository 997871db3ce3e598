import { expect, test } from 'vitest'
import { isFoldable, partsOf } from './frames.ts'

const TRACEBACK = `Traceback (most recent call last):
  File "/home/me/train.py", line 88, in wrap_adapter
    model = get_peft_model(model, config)
            ^^^^^^^^^^^^^^
  File "/venv/lib/python3.11/site-packages/peft/mapping.py", line 12, in get_peft_model
    return MAPPING[kind](model)
  File "/venv/lib/python3.11/site-packages/peft/model.py", line 9, in __init__
    raise ValueError(
  File "/usr/lib/python3.11/json/decoder.py", line 3, in decode
ValueError: Target modules {'q_proj'} not found
`
const whole = (text: string) =>
  partsOf(text)
    .map(({ start, end }) => text.slice(start, end))
    .join('')

test('library frames in a row are one part, named by their packages', () => {
  const parts = partsOf(TRACEBACK)
  expect(parts.map(({ kind }) => kind)).toEqual(['text', 'own', 'library', 'text'])
  expect(parts[2]).toMatchObject({ frames: 3, where: ['peft', 'Python'] })
  expect(isFoldable(parts)).toBe(true)
})

test('the parts of any text are the text', () => {
  const group = TRACEBACK.replaceAll(/^/gm, '  | ')
  for (const text of [TRACEBACK, group, '', 'no traceback', '\n\n', TRACEBACK.trimEnd()]) {
    expect(whole(text)).toBe(text)
  }
  expect(partsOf(group).some(({ kind }) => kind === 'library')).toBe(true)
})

test('each of one’s own frames is a part of its own, with its source', () => {
  const own = TRACEBACK.replaceAll('/venv/lib/python3.11/site-packages', '/home/me')
  const parts = partsOf(own).filter(({ kind }) => kind === 'own')
  expect(parts).toHaveLength(3)
  expect(own.slice(parts[0]?.start, parts[0]?.end)).toContain('^^^^')
})

test('a text without library frames is not folded', () => {
  expect(isFoldable(partsOf('Killed\n'))).toBe(false)
})
