import { useLocation, useSearch } from 'wouter'
import { useHistoryState } from 'wouter/use-browser-location'
import { paths, type RunsFilter } from '~/paths.ts'

const NAMES = ['status', 'cause', 'model', 'fingerprint', 'q', 'cursor'] as const

/** The filter in a URL's query. */
export function parseFilter(search: string): RunsFilter {
  const values = new URLSearchParams(search)
  const filter: RunsFilter = {}
  for (const name of NAMES) {
    const value = values.get(name)
    if (value) filter[name] = value
  }
  return filter
}

/** Pages run forward only, so the way back is remembered with the address (history.state). */
function trailOf(state: unknown): string[] {
  const trail: unknown = typeof state === 'object' && state !== null && Reflect.get(state, 'trail')
  return Array.isArray(trail) ? trail.filter((item) => typeof item === 'string') : []
}

/** The list's filter, kept in the URL, and the ways to change it. */
export function useFilter() {
  const filter = parseFilter(useSearch())
  const trail = trailOf(useHistoryState())
  const [, navigate] = useLocation()
  const { cursor, ...rest } = filter
  return {
    filter,
    /** A changed filter starts again at the newest page. */
    change: (part: RunsFilter, replace = false) =>
      navigate(paths.runs({ ...rest, ...part }), { replace }),
    clear: () => navigate(paths.runs()),
    older: (next: string) =>
      navigate(paths.runs({ ...rest, cursor: next }), {
        state: { trail: [...trail, cursor ?? ''] },
      }),
    newer: () =>
      navigate(paths.runs({ ...rest, cursor: trail.at(-1) || undefined }), {
        state: { trail: trail.slice(0, -1) },
      }),
  }
}
