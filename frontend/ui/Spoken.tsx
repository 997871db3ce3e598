import { useEffect, useRef, useState } from 'react'

const QUIET_MS = 5_000

/** Announces the newest message to screen readers, at most one in five seconds. */
export function Spoken({ message }: { message: string }) {
  const [spoken, setSpoken] = useState('')
  const last = useRef(Number.NEGATIVE_INFINITY)
  useEffect(() => {
    const wait = Math.max(0, last.current + QUIET_MS - performance.now())
    const timer = setTimeout(() => {
      last.current = performance.now()
      setSpoken(message)
    }, wait)
    return () => clearTimeout(timer)
  }, [message])
  return (
    <span role="status" className="hidden">
      {spoken}
    </span>
  )
}
