// @vitest-environment jsdom
import { render, screen } from '@testing-library/react'
import { expect, test } from 'vitest'
import { Names } from './Names.tsx'

test('runs of one name are told apart, and no sign in a name hides itself', () => {
  const two = ['run_1', 'run_2'].map((id) => ({ id, name: 'sweep\u202e' }))
  render(<Names runs={[...two, { id: 'run_3', name: null, shortCommand: 'sh fit.sh' }]} />)
  const told = screen.getAllByRole('listitem').map((item) => item.textContent)
  expect(told.map((words) => words?.match(/run_\d/)?.[0])).toEqual(['run_1', 'run_2', 'run_3'])
  expect(told.join('')).not.toContain('\u202e')
  expect(told[2]).toBe('sh fit.sh (run_3)')
})
