import { useInfiniteQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { LogMeta } from '~/api/client.ts'
import type { AttemptId } from '~/api/queries/attempts.ts'
import { logSearchQuery } from '~/api/queries/logs.ts'
import type { Find } from './options.ts'

/** Going back from the first hit to the last loads all pages between them, up to this many. */
const MOST_PAGES = 100
/** So many pages are looked through for the hit that is nearest to what is read. */
const NEAR_PAGES = 20

export type Hits = {
  total: number | undefined
  /** Index of the current hit; -1 while there is none. */
  at: number
  line: number | null
  /** The lines of the hits that are loaded. */
  lines: Lined[]
  busy: boolean
  error: Error | null
  step: (by: 1 | -1) => void
}

type Lined = { line: number }

/** The index of the hit that is nearest to a line; of two the upper one. */
export function nearest(hits: Lined[], line: number): number {
  const distance = (index: number) => Math.abs((hits[index]?.line ?? 0) - line)
  return hits.reduce((best, _, index) => (distance(index) < distance(best) ? index : best), 0)
}

/** Every match of a search in the whole log, visited one by one from the nearest to `here` on. */
export function useHits(
  of: AttemptId,
  meta: LogMeta,
  find: Find | null,
  { onVisit, here }: { onVisit: (line: number) => void; here: () => number },
): Hits {
  const enabled = find !== null && find.q !== ''
  const result = useInfiniteQuery({
    ...logSearchQuery(of, meta, find ?? { q: '', regex: false, exactCase: false }),
    enabled,
  })
  const hits = result.data?.pages.flatMap((page) => page.hits) ?? []
  const total = enabled ? result.data?.pages.at(-1)?.total : undefined
  const key = enabled ? JSON.stringify(find) : ''
  const { hasNextPage, fetchNextPage, isFetching } = result
  const pages = result.data?.pages.length ?? 0
  const answered = enabled && total !== undefined
  const [wanted, setWanted] = useWanted(
    key,
    answered,
    hits,
    hasNextPage && pages < NEAR_PAGES,
    here,
  )
  const missing = answered && hasNextPage && (wanted === null || wanted >= hits.length)
  useEffect(() => {
    if (missing && !isFetching && pages < MOST_PAGES) void fetchNextPage()
  }, [missing, isFetching, pages, fetchNextPage])
  const at = wanted === null ? -1 : Math.min(wanted, hits.length - 1)
  const line = enabled ? (hits[at]?.line ?? null) : null
  useVisit(key, missing ? null : line, at, onVisit)
  const step = (by: 1 | -1) => {
    if (!total) return
    const next = at + by
    if (next < 0) setWanted(hasNextPage && total > MOST_PAGES * 1_000 ? 0 : total - 1)
    else setWanted(next >= total ? 0 : next)
  }
  return { total, at, line, lines: hits, busy: enabled && isFetching, error: result.error, step }
}

/** The index of the hit to visit: at first the one nearest to what is read, once that is known. */
function useWanted(
  key: string,
  answered: boolean,
  hits: Lined[],
  more: boolean,
  here: () => number,
): [number | null, (index: number) => void] {
  const [wanted, setWanted] = useState<{ key: string; index: number } | null>(null)
  const from = useRef({ key: '', line: 0 })
  useEffect(() => {
    if (key && from.current.key !== key) from.current = { key, line: here() }
  }, [key, here])
  const known = wanted?.key === key
  const { length } = hits
  const last = hits[length - 1]?.line ?? 0
  useEffect(() => {
    if (!answered || known || length === 0) return
    const { line } = from.current
    if (last < line && more) return
    setWanted({ key, index: nearest(hits, line) })
  }, [answered, known, length, last, more, key, hits])
  return [known ? wanted.index : null, (index) => setWanted({ key, index })]
}

/** Visits a hit once, however often the page is drawn while it is looked at. */
function useVisit(key: string, line: number | null, at: number, onVisit: (line: number) => void) {
  const latest = useRef(onVisit)
  useEffect(() => {
    latest.current = onVisit
  })
  useEffect(() => {
    if (key && line !== null && at >= 0) latest.current(line)
  }, [key, line, at])
}
