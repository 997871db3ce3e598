import { useEffect, useLayoutEffect, useRef } from 'react'
import { matcher, matchesIn } from './matches.ts'
import type { Find } from './options.ts'

/** The text nodes of an element, and where each begins in its text. */
function nodesOf(element: Element): { node: Node; start: number; end: number }[] {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
  const found: { node: Node; start: number; end: number }[] = []
  let at = 0
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const length = node.textContent?.length ?? 0
    found.push({ node, start: at, end: at + length })
    at += length
  }
  return found
}

function rangesIn(element: Element, pattern: RegExp): Range[] {
  const nodes = nodesOf(element)
  return matchesIn(pattern, element.textContent).map(([start, end]) => {
    const range = document.createRange()
    for (const { node, start: from, end: to } of nodes) {
      if (start >= from && start < to) range.setStart(node, start - from)
      if (end > from && end <= to) range.setEnd(node, end - from)
    }
    return range
  })
}

function wholeRange(element: Element): Range {
  const range = document.createRange()
  range.selectNodeContents(element)
  return range
}

/** Matches in the rows on screen: all of them, and those in the current line. */
function findRanges(view: Element, find: Find, line: number | null) {
  const pattern = matcher(find)
  const all: Range[] = []
  const current: Range[] = []
  for (const row of view.querySelectorAll<HTMLElement>('[data-line]')) {
    const text = row.querySelector('[data-text]')
    if (!text) continue
    const here = Number(row.dataset.line) === line
    const found = pattern ? rangesIn(text, pattern) : []
    // The row may not show the match: it was overwritten, or lies past what a row holds.
    if (here && found.length === 0) found.push(wholeRange(text))
    ;(here ? current : all).push(...found)
  }
  return { all, current }
}

/** Scrolls sideways to a match that is out of view. */
function scrollSideways(view: HTMLElement, range: Range) {
  const box = range.getBoundingClientRect()
  const frame = view.getBoundingClientRect()
  const margin = 120
  if (box.right > frame.right - 20) view.scrollLeft += box.right - frame.right + margin
  if (box.left < frame.left + margin) view.scrollLeft -= frame.left + margin - box.left
}

const NAMES = ['found', 'found-here']

/** Highlights matches with the CSS Custom Highlight API, which touches no element of a row. */
export function useHighlights(view: HTMLElement | null, find: Find | null, line: number | null) {
  const visited = useRef<number | null>(null)
  useLayoutEffect(() => {
    if (!('highlights' in CSS) || !view) return
    if (!find) {
      for (const name of NAMES) CSS.highlights.delete(name)
      return
    }
    const { all, current } = findRanges(view, find, line)
    CSS.highlights.set('found', new Highlight(...all))
    CSS.highlights.set('found-here', new Highlight(...current))
    if (current[0] && visited.current !== line) {
      visited.current = line
      scrollSideways(view, current[0])
    }
  })
  useEffect(
    () => () => {
      if ('highlights' in CSS) for (const name of NAMES) CSS.highlights.delete(name)
    },
    [],
  )
}
