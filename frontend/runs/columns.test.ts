import { expect, test } from 'vitest'
import type { Run } from '~/api/client.ts'
import { cellOf, chosenOf, columnsOf, countOf, lossOf } from './columns.ts'

type Told = Pick<Run, 'id' | 'status' | 'baseModel' | 'datasetSize' | 'finalLoss' | 'values'>

const run = (told: Partial<Told>): Told => ({
  id: 'run_1',
  status: 'completed',
  baseModel: null,
  datasetSize: null,
  finalLoss: null,
  values: {},
  ...told,
})

test('a column that every run leaves empty is not shown', () => {
  expect(columnsOf([run({})], undefined, [])).toEqual({
    model: false,
    samples: false,
    loss: false,
    chosen: [],
  })
  const columns = columnsOf([run({}), run({ baseModel: 'm', finalLoss: 0.5 })], {}, ['lr'])
  expect(columns).toMatchObject({ model: true, samples: false, loss: true })
  expect(countOf(columns)).toBe(8)
})

test('the loss of a running run is the last that it told', () => {
  expect(lossOf(run({ status: 'running' }), [2, 1, null])).toBe(1)
  expect(lossOf(run({ status: 'failed' }), [2, 1])).toBeNull()
  expect(lossOf(run({ status: 'running', finalLoss: 0.5 }), [2])).toBe(0.5)
})

test('a chosen column shows numbers in short and texts as they are', () => {
  const told = run({ values: { lr: 0.000123456, optim: 'lion' } })
  expect(chosenOf('lr,,optim').map((name) => cellOf(told, name))).toEqual(['0.0001235', 'lion'])
  expect(cellOf(told, 'nothing')).toBeNull()
})
