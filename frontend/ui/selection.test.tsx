// @vitest-environment jsdom
import { render } from '@testing-library/react'
import { expect, test } from 'vitest'
import { selectedSource } from './selection.ts'
import { TextBlock } from './TextBlock.tsx'

function block(text: string): HTMLElement {
  const { container } = render(<TextBlock text={text} label="Error" />)
  const section = container.querySelector('section')
  if (!section) throw new Error('no section')
  return section
}

function select(start: Node, startOffset: number, end: Node, endOffset: number) {
  const range = document.createRange()
  range.setStart(start, startOffset)
  range.setEnd(end, endOffset)
  const selection = document.getSelection()
  selection?.removeAllRanges()
  selection?.addRange(range)
  return selection
}

const spans = (root: HTMLElement) => Array.from(root.querySelectorAll('[data-start]'))
const textOf = (element: Element | undefined): Node => {
  const node = element?.firstChild
  if (!node) throw new Error('no text')
  return node
}

const SOURCES = [
  'one line',
  'ends with a newline\n',
  `${'line\n'.repeat(2_500)}last`,
  `a\n${'x'.repeat(9_000)}\nb`,
  'colour \x1b[31mred\x1b[0m and \u202ebidi, CRLF\r\nlast\r',
]

test.each(SOURCES)('all of it selected is all of the source: %#', (source) => {
  const root = block(source)
  const selection = document.getSelection()
  selection?.selectAllChildren(root)
  expect(selectedSource(root, source, selection)).toBe(source)
})

test('a selection within one run of text is that text', () => {
  const source = 'first\nsecond\nthird'
  const root = block(source)
  const node = textOf(spans(root)[0])
  expect(selectedSource(root, source, select(node, 6, node, 12))).toBe('second')
})

test('a selection over pieces of a long line has no line ends that are not there', () => {
  const source = `${'x'.repeat(4_096)}${'y'.repeat(4_096)}`
  const root = block(source)
  const [first, second] = spans(root)
  const selected = selectedSource(root, source, select(textOf(first), 4_090, textOf(second), 3))
  expect(selected).toBe('xxxxxxyyy')
})

test('marks and colours are copied as what they stand for', () => {
  const source = 'a\x1b[31mred\x1b[0m\u202eb'
  const root = block(source)
  const [first, , mark] = spans(root)
  expect(selectedSource(root, source, select(textOf(first), 0, textOf(mark), 6))).toBe(
    'a\x1b[31mred\x1b[0m\u202e',
  )
})

test('a selection elsewhere is none of ours', () => {
  const root = block('text')
  const other = document.createElement('p')
  other.textContent = 'other'
  document.body.append(other)
  const node = textOf(other)
  expect(selectedSource(root, 'text', select(node, 0, node, 3))).toBeNull()
  other.remove()
})
