import { useMemo } from 'react'
import { useLocationProperty } from 'wouter/use-browser-location'
import { type LineRange, lineHash, parseLineHash } from '~/paths.ts'

/** The lines in the URL's hash. */
export function useLineHash(): LineRange | null {
  const hash = useLocationProperty(() => location.hash)
  return useMemo(() => parseLineHash(hash), [hash])
}

/** Puts lines, or none, into the URL's hash; adds nothing to the history. */
export function setLineHash(lines: LineRange | null) {
  const { pathname, search } = location
  history.replaceState(history.state, '', pathname + search + (lines ? lineHash(lines) : ''))
}

/** The lines selected by a click; with Shift, the selection extends to the line clicked. */
export function picked(marked: LineRange | null, number: number, extend: boolean): LineRange {
  if (!extend || !marked) return { first: number, last: number }
  return { first: Math.min(marked.first, number), last: Math.max(marked.last, number) }
}
