/** Which rows are drawn, and what a selection among them means. */
import { useEffect, useState } from 'react'
import { selectedSource } from '~/ui/selection.ts'
import type { ShownLine } from './shown.ts'

export type Rows = { first: number; last: number }

const rowOf = (node: Node | null): HTMLElement | null => {
  const element = node instanceof HTMLElement ? node : node?.parentElement
  return element?.closest<HTMLElement>('[data-line]') ?? null
}

/** The lines between which text is selected in `view`; null when none is. */
export function selectedRows(view: HTMLElement | null): Rows | null {
  const selection = document.getSelection()
  if (!view || !selection || selection.isCollapsed) return null
  const ends = [selection.anchorNode, selection.focusNode].map(rowOf)
  const lines = ends.filter((row) => row && view.contains(row)).map((row) => row?.dataset.line)
  const [one, two] = lines.map(Number)
  if (one === undefined || two === undefined) return null
  return { first: Math.min(one, two), last: Math.max(one, two) }
}

/** The lines at which a selection begins and ends: their rows stay, however far it is scrolled. */
export function useHeldRows(view: HTMLElement | null): Rows | null {
  const [held, setHeld] = useState<Rows | null>(null)
  useEffect(() => {
    const look = () => {
      const rows = selectedRows(view)
      setHeld((before) =>
        before?.first === rows?.first && before?.last === rows?.last ? before : rows,
      )
    }
    document.addEventListener('selectionchange', look)
    return () => document.removeEventListener('selectionchange', look)
  }, [view])
  return held
}

/** The numbers of the rows to draw, in order. */
export function rowNumbers({ first, last }: Rows, held: Rows | null, lines: number): number[] {
  const drawn = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)
  const ends = held ? [held.first, held.last] : []
  const added = ends.filter((line) => line <= lines && (line < first || line > last))
  return added.length === 0
    ? drawn
    : Array.from(new Set([...drawn, ...added])).sort((a, b) => a - b)
}

type Lines = (number: number) => ShownLine | undefined

/** The selected source text, one line per row; null where a selected row is not drawn. */
export function selectedText(view: HTMLElement, rows: Rows, lines: Lines): string | null {
  const parts: string[] = []
  for (let number = rows.first; number <= rows.last; number += 1) {
    const row = view.querySelector(`[data-line="${number}"] [data-text]`)
    const line = lines(number)
    if (!(row instanceof HTMLElement) || !line) return null
    parts.push(selectedSource(row, line.text, document.getSelection()) ?? '')
  }
  return parts.join('\n')
}
