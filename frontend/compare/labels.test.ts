import { expect, test } from 'vitest'
import { labelsOf } from './labels.ts'

const run = (id: string, name: string | null = null) => ({ id, name })
const row = (name: string, ...values: (string | null)[]) => ({
  kind: 'settings' as const,
  name,
  values,
  differs: true,
})

test('runs go by their names, else by what differs, else by their ids', () => {
  const rows = [row('--lr', '1e-4', '2e-4'), row('--fp16', null, 'on'), row('--x', '1', '2')]
  expect(labelsOf([run('a', 'one'), run('b', 'two')], rows)).toEqual(['one', 'two'])
  expect(labelsOf([run('a', 'one'), run('b', 'one')], rows)).toEqual(['--lr 1e-4', '--lr 2e-4'])
  const alike = [row('--lr', '1e-4', '1e-4', '2e-4'), row('--fp16', null, 'on', 'on')]
  expect(labelsOf([run('a'), run('b'), run('c')], alike)).toEqual([
    '--lr 1e-4 · --fp16 –',
    '--lr 1e-4 · --fp16 on',
    '--lr 2e-4 · --fp16 on',
  ])
  const most = [row('program', 'python', 'python', 'sh'), row('--lr', '1', '2', null)]
  expect(labelsOf([run('a'), run('b'), run('c')], most)).toEqual(['--lr 1', '--lr 2', '--lr –'])
  expect(labelsOf([run('a'), run('b')], [row('-c', 'x'.repeat(40), 'y')])).toEqual(['a', 'b'])
  expect(labelsOf([run('a'), run('b')], [])).toEqual(['a', 'b'])
})
