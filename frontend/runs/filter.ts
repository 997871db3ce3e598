import { useLocation, useSearch } from 'wouter'
import { useHistoryState } from 'wouter/use-browser-location'
import { paths, type RunsFilter } from '~/paths.ts'

const NAMES: readonly (keyof RunsFilter)[] = [
  'status',
  'cause',
  'model',
  'fingerprint',
  'flag',
  'q',
  'sort',
  'columns',
  'cursor',
]

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
  /** Another page is read from its top. */
  const turn = (to: RunsFilter, trail: string[]) => {
    navigate(paths.runs(to), { state: { trail } })
    window.scrollTo({ top: 0 })
    document.getElementById('main')?.focus({ preventScroll: true })
  }
  return {
    filter,
    /** A changed filter starts again at the newest page. */
    change: (part: RunsFilter, replace = false) =>
      navigate(paths.runs({ ...rest, ...part }), { replace }),
    clear: () => navigate(paths.runs({ sort: rest.sort, columns: rest.columns })),
    older: (next: string) => turn({ ...rest, cursor: next }, [...trail, cursor ?? '']),
    newer: () => turn({ ...rest, cursor: trail.at(-1) || undefined }, trail.slice(0, -1)),
  }
}
