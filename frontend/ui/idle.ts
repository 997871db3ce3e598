import { useEffect, useState } from 'react'

const SETTLED_MS = 1_500
const APART_MS = 60

/** True once the page has been idle; `place` staggers those that wait for the same moment. */
export function useIdle(wanted: boolean, place: number): boolean {
  const [idle, setIdle] = useState(false)
  useEffect(() => {
    if (!wanted) return
    const timer = setTimeout(() => setIdle(true), SETTLED_MS + place * APART_MS)
    return () => clearTimeout(timer)
  }, [wanted, place])
  return wanted && idle
}
