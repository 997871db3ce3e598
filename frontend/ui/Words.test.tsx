// @vitest-environment jsdom
import { render } from '@testing-library/react'
import { expect, test } from 'vitest'
import { Words } from './Words.tsx'

test('a command of several lines has its line breaks between its words, and loses nothing', () => {
  const text = "sh -c 'sleep 1; cat <<E\n  two\nE\nexit 1' --lr 2e-4"
  const { container } = render(<Words text={text} />)
  expect(container.textContent).toBe(text)
  const words = [...container.querySelectorAll('.word')].map((word) => word.textContent)
  expect(words).toContain('--lr')
  expect(words.join('')).not.toMatch(/\s/)
})
