import { useSyncExternalStore } from 'react'

/** A choice of this browser, kept where it outlives the page; "off" and "on", nothing else. */
const PREFIX = 'lastwords.'
const listeners = new Set<() => void>()

function read(name: string): boolean | null {
  try {
    const kept = localStorage.getItem(PREFIX + name)
    return kept === null ? null : kept === 'on'
  } catch {
    return null // a browser that keeps nothing has the defaults
  }
}

function keep(name: string, on: boolean) {
  try {
    localStorage.setItem(PREFIX + name, on ? 'on' : 'off')
  } catch {
    // It holds until the page is left.
  }
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  window.addEventListener('storage', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('storage', listener)
  }
}

export const preferred = (name: string, byDefault: boolean): boolean => read(name) ?? byDefault

/** A choice that is remembered, and the way to change it. */
export function usePreference(name: string, byDefault: boolean): [boolean, (on: boolean) => void] {
  const on = useSyncExternalStore(subscribe, () => preferred(name, byDefault))
  return [on, (next) => keep(name, next)]
}
