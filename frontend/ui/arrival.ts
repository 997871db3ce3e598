import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react'
import { useLocation } from 'wouter'

/**
 * A new page starts at its top, with the focus on it; going back leaves both to the browser, which
 * remembers the scroll position.
 */
export function useArrival(page: RefObject<HTMLElement | null>) {
  const [path] = useLocation()
  const wentBack = useRef(false)
  const shown = useRef(path)
  useEffect(() => {
    const remember = () => {
      wentBack.current = true
    }
    window.addEventListener('popstate', remember)
    return () => window.removeEventListener('popstate', remember)
  }, [])
  useLayoutEffect(() => {
    if (shown.current === path) return
    shown.current = path
    if (!wentBack.current) {
      window.scrollTo(0, 0)
      page.current?.focus({ preventScroll: true })
    }
    wentBack.current = false
  }, [page, path])
}
