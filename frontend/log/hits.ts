import { useInfiniteQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { LogMeta } from '~/api/client.ts'
import type { AttemptId } from '~/api/queries/attempts.ts'
import { logSearchQuery } from '~/api/queries/logs.ts'
import type { Find } from './options.ts'

/** Going back from the first hit to the last loads all pages between them, up to this many. */
const MOST_PAGES = 100

export type Hits = {
  total: number | undefined
  /** Index of the current hit; -1 while there is none. */
  at: number
  line: number | null
  busy: boolean
  error: Error | null
  step: (by: 1 | -1) => void
}

/** Every match of a search in the whole log, visited one by one; `onVisit` scrolls to a line. */
export function useHits(
  of: AttemptId,
  meta: LogMeta,
  find: Find | null,
  onVisit: (line: number) => void,
): Hits {
  const enabled = find !== null && find.q !== ''
  const result = useInfiniteQuery({
    ...logSearchQuery(of, meta, find ?? { q: '', regex: false, exactCase: false }),
    enabled,
  })
  const hits = result.data?.pages.flatMap((page) => page.hits) ?? []
  const total = enabled ? result.data?.pages.at(-1)?.total : undefined
  const [wanted, setWanted] = useState(0)
  const key = enabled ? JSON.stringify(find) : ''
  useEffect(() => {
    if (key) setWanted(0)
  }, [key])
  const { hasNextPage, fetchNextPage, isFetching } = result
  const pages = result.data?.pages.length ?? 0
  const missing = enabled && total !== undefined && wanted >= hits.length && hasNextPage
  useEffect(() => {
    if (missing && !isFetching && pages < MOST_PAGES) void fetchNextPage()
  }, [missing, isFetching, pages, fetchNextPage])
  const at = Math.min(wanted, hits.length - 1)
  const line = enabled ? (hits[at]?.line ?? null) : null
  useVisit(key, missing ? null : line, at, onVisit)
  const step = (by: 1 | -1) => {
    if (!total) return
    const next = at + by
    if (next < 0) setWanted(hasNextPage && total > MOST_PAGES * 1_000 ? 0 : total - 1)
    else setWanted(next >= total ? 0 : next)
  }
  return { total, at, line, busy: enabled && isFetching, error: result.error, step }
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
