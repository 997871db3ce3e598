import { useLocation, useSearch } from 'wouter'

/** The URL's query, and a way to change parts of it; null removes a part. */
export function useParams() {
  const [path, navigate] = useLocation()
  const search = useSearch()
  const values = new URLSearchParams(search)
  const change = (parts: Record<string, string | null>) => {
    // The current query, not the rendered one: two changes may come before the next render.
    const next = new URLSearchParams(location.search)
    for (const [name, value] of Object.entries(parts)) {
      if (value === null) next.delete(name)
      else next.set(name, value)
    }
    const text = next.toString()
    navigate(path + (text && `?${text}`) + location.hash, { replace: true })
  }
  return { values, change }
}
