import { expect, test } from 'vitest'
import type { SpecField } from '~/api/client.ts'
import { startTexts } from '~/texts/start.ts'
import { unbroken } from '~/ui/format.ts'
import {
  changedFields,
  groupFields,
  labelOf,
  refusalOf,
  shownSize,
  shownValue,
  specOf,
} from './fields.ts'

const field = (name: string, type: SpecField['type'] = 'string'): SpecField => ({
  name,
  type,
  default: null,
  minimum: null,
  maximum: null,
  choices: [],
  unit: null,
  help: '',
})

function form(values: Record<string, string>): FormData {
  const data = new FormData()
  for (const [name, value] of Object.entries(values)) data.set(name, value)
  return data
}

test('fields stand in their groups, and one we do not know is still there', () => {
  const groups = groupFields(['loraR', 'epochs', 'brandNew', 'name'].map((name) => field(name)))
  expect(groups.map(({ name, fields }) => [name, fields.map((each) => each.name)])).toEqual([
    ['essentials', ['name', 'epochs']],
    ['lora', ['loraR']],
    ['other', ['brandNew']],
  ])
})

test('what is left empty is left to the server', () => {
  const fields = [field('name'), field('epochs', 'integer')]
  expect(specOf(fields, form({ name: '  ', epochs: '' }))).toEqual({})
})

test('numbers are sent as numbers, and what is none is sent as typed, to be refused', () => {
  const fields = [
    field('epochs', 'integer'),
    field('learningRate', 'number'),
    field('seed', 'integer'),
  ]
  const typed = form({ epochs: ' 3 ', learningRate: '5e-5', seed: 'seven' })
  expect(specOf(fields, typed)).toEqual({ epochs: 3, learningRate: 0.00005, seed: 'seven' })
})

test('names are sent as a list, however they were separated', () => {
  const fields = [field('loraTargets', 'strings')]
  expect(specOf(fields, form({ loraTargets: 'q_proj, v_proj  o_proj' }))).toEqual({
    loraTargets: ['q_proj', 'v_proj', 'o_proj'],
  })
})

test('a field without a label of its own is called by the words of its name', () => {
  expect(labelOf('loraR')).toBe('LoRA rank')
  expect(labelOf('warmupSteps')).toBe('Warmup steps')
})

test('a refusal calls its field by the label, and is else as the server wrote it', () => {
  const detail = 'batchSize: must be between 1 and 4,096, not 0'
  expect(refusalOf({ field: 'batchSize', detail })).toBe(
    'Batch size: must be between 1 and 4,096, not 0',
  )
  expect(refusalOf({ field: 'dataFile', detail })).toBe(detail)
  expect(refusalOf({ detail })).toBe(detail)
})

test('limits are exact, however small', () => {
  expect(startTexts.limits(1e-9, 10)).toBe(unbroken('1e-9 to 10'))
  expect(startTexts.limits(0, 0.99)).toBe(unbroken('0 to 0.99'))
  expect(startTexts.limits(1, 131_072)).toBe(unbroken('1 to 131,072'))
  expect(startTexts.limits(1, null)).toBe('at least 1')
  expect(startTexts.limits(null, null)).toBe('')
})

test('a field with one choice is not asked for', () => {
  const only = { ...field('trainingType', 'enum'), choices: ['soft_prompt'] }
  expect(groupFields([only])).toEqual([])
})

test('what differs from the run that a form was filled with is changed, and what is usual is not', () => {
  const usual = { ...field('epochs', 'integer'), default: 3 }
  const fields = [field('name'), usual, field('loraTargets', 'strings'), field('seed', 'integer')]
  const begun = { name: 'a', epochs: 3, loraTargets: ['q', 'v'], seed: 1 }
  const same = form({ name: 'a', epochs: '', loraTargets: 'q v', seed: ' 1 ' })
  expect(changedFields(fields, begun, same)).toEqual([])
  const other = form({ name: '', epochs: '4', loraTargets: 'q', seed: '1' })
  expect(changedFields(fields, begun, other)).toEqual(['name', 'epochs', 'loraTargets'])
  const rate = field('learningRate', 'number')
  expect(changedFields([rate], { learningRate: 0.0001 }, form({ learningRate: '1e-4' }))).toEqual(
    [],
  )
  const name = changedFields([field('name')], { name: '7' }, form({ name: '7.0' }))
  expect(name).toEqual(['name'])
})

test('a size is shown as it can be typed, exact, and sent as typed', () => {
  expect([2 ** 34, 3 * 2 ** 29, 2 ** 44, 1_500_000_000, 1024, 0].map(shownSize)).toEqual([
    '16 GB',
    '1536 MB',
    '16 TB',
    '1500000000',
    '1 KB',
    '0',
  ])
  const memory = { ...field('memory', 'integer'), unit: 'bytes' }
  expect(shownValue(2 ** 34, memory.unit)).toBe('16 GB')
  expect(specOf([memory], form({ memory: '16GiB' }))).toEqual({ memory: '16GiB' })
  expect(specOf([memory], form({ memory: '1048576' }))).toEqual({ memory: 1048576 })
  const changed = (typed: string) =>
    changedFields([memory], { memory: 2 ** 34 }, form({ memory: typed }))
  for (const same of ['16 GB', '16GB', '16g', '16 GiB', '16384 MB', String(2 ** 34)])
    expect(changed(same), same).toEqual([])
  for (const other of ['16 MB', '1.6 GB', '16', '', 'GB'])
    expect(changed(other)).toEqual(['memory'])
  expect(startTexts.limits(2 ** 20, 2 ** 44, shownSize)).toBe(unbroken('1 MB to 16 TB'))
})
