import { useSyncExternalStore } from 'react'
import { answeredAt } from '~/api/client.ts'

const TICK = 1_000
const listeners = new Set<() => void>()
let now = Date.now()
let timer: ReturnType<typeof setInterval> | undefined

function tick() {
  if (document.hidden) return
  now = Date.now()
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    now = Date.now()
    timer = setInterval(tick, TICK)
  }
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) clearInterval(timer)
  }
}

/** The current time, once a second, for everything that shows an age; paused while hidden. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now)
}

/** Longer than between two answers of a server that is there. */
const SILENCE_MS = 10_000

/** The time until which something is known to go on: it stands while the server is away. */
export const useKnownNow = (): number => Math.min(useNow(), answeredAt() + SILENCE_MS)
