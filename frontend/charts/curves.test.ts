import { expect, test } from 'vitest'
import {
  axesOf,
  axisOf,
  bestOf,
  betterOf,
  commonAxes,
  curveOf,
  lastKnown,
  otherKeys,
  overlaid,
  sampled,
  smoothed,
  sparkPath,
} from './curves.ts'

const METRICS = [
  { step: 1, loss: 2, nonFinite: [] },
  { step: 2, loss: null, nonFinite: ['loss'] },
  { step: 3, loss: 1, learningRate: 0.1, nonFinite: [] },
]

test('a loss that is no number is a gap and remembered as lost', () => {
  expect(curveOf(METRICS, 'loss', 'Loss')).toEqual({
    x: [1, 2, 3],
    curves: [{ name: 'Loss', values: [2, null, 1], lost: [2] }],
  })
})

test('what was never measured is no curve', () => {
  expect(curveOf(METRICS, 'gradNorm', 'Gradient norm')).toBeNull()
  expect(curveOf([], 'loss', 'Loss')).toBeNull()
})

test('without steps the measurements are counted', () => {
  expect(curveOf([{ step: null, loss: 3 }, { loss: 2 }], 'loss', 'Loss')?.x).toEqual([1, 2])
})

test('losses stand over their steps, else their epochs, else are counted', () => {
  const steps = [
    { step: 10, epoch: 0.5, loss: 2 },
    { step: 10, epoch: 0.5, evalLoss: 3 },
    { step: null, trainRuntime: 1 },
  ]
  expect(axisOf(steps)).toBe('step')
  expect(axisOf([...steps, { step: null, epoch: 1, loss: 1 }])).toBe('epoch')
  expect(axisOf([...steps, { step: 5, loss: 1 }])).toBe('count')
  const epochs = [1, 1, 1, 1, 1, 1].map((epoch) => ({ step: null, epoch, loss: 1 }))
  expect(axisOf(epochs)).toBe('count')
})

test('what was evaluated in the end stands at its epochs, or at its place in the log', () => {
  const trained = [0, 0.5, 1, 1.5].map((epoch) => ({ step: null, epoch, loss: 1 }))
  const evaluated = [1, 2].map((epoch) => ({ step: null, epoch, evalLoss: 1 }))
  const metrics = [...trained, ...evaluated]
  expect(axisOf(metrics)).toBe('epoch')
  expect(curveOf(metrics, 'evalLoss', 'Evaluation loss', 'count')?.x).toEqual([5, 6])
})

test('loss and evaluation loss have one axis', () => {
  const metrics = [
    { step: null, epoch: 0.5, loss: 2 },
    { step: null, epoch: 1, loss: 1 },
    { step: null, epoch: 1, evalLoss: 1.5 },
  ]
  expect(curveOf(metrics, 'loss', 'Loss')?.x).toEqual([0.5, 1])
  expect(curveOf(metrics, 'evalLoss', 'Evaluation loss')?.x).toEqual([1])
})

test('other numbers are drawn too, if they were measured more than once', () => {
  const metrics = [
    { step: 1, loss: 1, 'rewards/chosen': 0.1, evalRuntime: 3, once: 1 },
    { step: 2, loss: 1, 'rewards/chosen': 0.2, evalRuntime: 3 },
  ]
  expect(otherKeys(metrics)).toEqual(['rewards/chosen'])
})

test('two curves share every x of either', () => {
  const one = { x: [1, 3], curves: [{ name: 'a', values: [5, 6], lost: [] }] }
  const two = { x: [2, 3], curves: [{ name: 'b', values: [7, 8], lost: [] }] }
  const both = overlaid(one, two)
  expect(both.x).toEqual([1, 2, 3])
  expect(both.curves.map(({ values }) => values)).toEqual([
    [5, undefined, 6],
    [undefined, 7, 8],
  ])
})

test('the last value of a curve is the last one that is a number', () => {
  expect(lastKnown({ values: [3, 2, null, undefined] })).toBe(1)
  expect(lastKnown({ values: [null, null] })).toBe(1)
})

test('a table of a million values has some hundred rows, the last one among them', () => {
  const rows = sampled(1_000_000)
  expect(rows.length).toBeLessThanOrEqual(201)
  expect(rows[0]).toBe(0)
  expect(rows.at(-1)).toBe(999_999)
  expect(sampled(0)).toEqual([])
})

test('a spark line spans its box and needs two points', () => {
  expect(sparkPath([1, 0], 80, 20)).toBe('M0.0 1.0L80.0 19.0')
  expect(sparkPath([1], 80, 20)).toBe('')
})

test('a spark line is broken where a value was no number', () => {
  expect(sparkPath([2, 1, null, 1, 0], 80, 20)).toBe('M0.0 1.0L20.0 10.0M60.0 10.0L80.0 19.0')
})

test('a training that tells its times can be drawn over them, but never is by itself', () => {
  const at = (second: number, rest: object) => ({
    time: new Date(1_000 * second).toISOString(),
    ...rest,
  })
  const metrics = [at(10, { step: 1, loss: 2 }), at(12.5, { step: 2, loss: 1 })]
  expect(axesOf(metrics)).toEqual(['step', 'time'])
  expect(curveOf(metrics, 'loss', 'Loss', 'time')?.x).toEqual([0, 2.5])
  expect(axesOf([at(1, { loss: 2 }), at(2, { loss: 1 })])).toEqual(['count', 'time'])
})

test('runs share an axis that all of them have', () => {
  const steps = [
    { step: 1, epoch: 0.5, loss: 2 },
    { step: 2, epoch: 1, loss: 1 },
  ]
  const epochs = steps.map(({ epoch, loss }) => ({ step: null, epoch, loss }))
  expect(commonAxes([steps, steps])).toEqual(['step', 'epoch'])
  expect(commonAxes([steps, epochs])).toEqual(['epoch'])
  expect(commonAxes([steps, [{ loss: 1 }]])).toEqual(['count'])
})

test('the name of a metric tells which value is its best one', () => {
  const best = ['evalLoss', 'eval_wer', 'eval_accuracy', 'rewards/margins', 'learningRate', 'step']
  const found = best.map(betterOf)
  expect(found).toEqual(['lowest', 'lowest', 'highest', 'highest', null, null])
  expect(bestOf({ values: [3, 1, null, 2] }, 'lowest')).toBe(1)
  expect(bestOf({ values: [3, 1, undefined, 2] }, 'highest')).toBe(0)
  expect(bestOf({ values: [null] }, 'lowest')).toBeNull()
})

test('a smoothed curve begins where the measured one does, and keeps its gaps', () => {
  const curve = smoothed([4, null, 4, 0, undefined], 0.5)
  expect(curve.slice(0, 3)).toEqual([4, null, 4])
  expect(curve[3]).toBeCloseTo(12 / 7)
  expect(curve[4]).toBeUndefined()
})
