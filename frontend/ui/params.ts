import { useLocation, useSearch } from 'wouter'

/** What the address says after `?`, and a way to change parts of it; null takes a part out. */
export function useParams() {
  const [path, navigate] = useLocation()
  const search = useSearch()
  const values = new URLSearchParams(search)
  const change = (parts: Record<string, string | null>) => {
    // As it is now, not as it was drawn: two changes may come before the page is drawn again.
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
