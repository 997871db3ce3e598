import { useMemo } from 'react'
import { useLocationProperty } from 'wouter/use-browser-location'
import { type LineRange, lineHash, parseLineHash } from '~/paths.ts'

/** The lines that the address points at. */
export function useLineHash(): LineRange | null {
  const hash = useLocationProperty(() => location.hash)
  return useMemo(() => parseLineHash(hash), [hash])
}

/** Point the address at some lines, or at none; nothing is added to the history. */
export function setLineHash(lines: LineRange | null) {
  const { pathname, search } = location
  history.replaceState(history.state, '', pathname + search + (lines ? lineHash(lines) : ''))
}

/** Shift and a click stretch what is marked to the line clicked. */
export function picked(marked: LineRange | null, number: number, extend: boolean): LineRange {
  if (!extend || !marked) return { first: number, last: number }
  return { first: Math.min(marked.first, number), last: Math.max(marked.last, number) }
}
