import { useQueries, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import type { LogMeta } from '~/api/client.ts'
import type { AttemptId } from '~/api/queries/attempts.ts'
import { logWindowQuery, WINDOW_LINES } from '~/api/queries/logs.ts'
import type { ShownLine } from './shown.ts'

const windowOf = (line: number) => Math.floor((line - 1) / WINDOW_LINES)

type Lines = { get: (number: number) => ShownLine | undefined; error: Error | null }

/** The lines with these numbers, as far as they are loaded; the rest is fetched. */
export function useLines(of: AttemptId, meta: LogMeta, numbers: number[]): Lines {
  const windows = Array.from(new Set(numbers.map(windowOf)))
  const results = useQueries({
    queries: windows.map((window) => logWindowQuery(of, meta.generation, window)),
  })
  useFreshTail(of, meta)
  const found = new Map(windows.map((window, index) => [window, results[index]?.data]))
  return {
    get: (number) => found.get(windowOf(number))?.[(number - 1) % WINDOW_LINES],
    error: results.find(({ error }) => error)?.error ?? null,
  }
}

/** When the log grows, refetches the window with its last line; when it shrinks, all windows. */
function useFreshTail(of: AttemptId, { size, lines, generation }: LogMeta) {
  const cache = useQueryClient()
  const before = useRef({ size, lines })
  useEffect(() => {
    const { size: known, lines: last } = before.current
    if (known === size) return
    before.current = { size, lines }
    const tail = logWindowQuery(of, generation, windowOf(Math.max(1, last))).queryKey
    const queryKey = size > known ? tail : tail.slice(0, -1)
    void cache.invalidateQueries({ queryKey })
  }, [cache, of, generation, size, lines])
}
