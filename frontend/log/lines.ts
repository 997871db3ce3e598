import { useQueries, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import type { LogMeta } from '~/api/client.ts'
import { type AttemptId, logWindowQuery, WINDOW_LINES } from '~/api/queries.ts'
import type { ShownLine } from './shown.ts'

const windowOf = (line: number) => Math.floor((line - 1) / WINDOW_LINES)

type Lines = { get: (number: number) => ShownLine | undefined; error: Error | null }

/** The lines from `first` to `last`, as far as they are here; the rest is fetched. */
export function useLines(of: AttemptId, meta: LogMeta, first: number, last: number): Lines {
  const from = windowOf(first)
  const count = last < first ? 0 : windowOf(last) - from + 1
  const windows = Array.from({ length: count }, (_, index) => from + index)
  const results = useQueries({
    queries: windows.map((window) => logWindowQuery(of, meta.generation, window)),
  })
  useFreshTail(of, meta)
  return {
    get: (number) => {
      const lines = results[windowOf(number) - from]?.data
      return lines?.[(number - 1) % WINDOW_LINES]
    },
    error: results.find(({ error }) => error)?.error ?? null,
  }
}

/** When the log grows, the window that held its last line is asked for again. */
function useFreshTail(of: AttemptId, { size, lines, generation }: LogMeta) {
  const cache = useQueryClient()
  const before = useRef({ size, lines })
  useEffect(() => {
    if (before.current.size === size) return
    const { queryKey } = logWindowQuery(of, generation, windowOf(Math.max(1, before.current.lines)))
    before.current = { size, lines }
    void cache.invalidateQueries({ queryKey })
  }, [cache, of, generation, size, lines])
}
