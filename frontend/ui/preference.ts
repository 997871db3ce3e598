import { useSyncExternalStore } from 'react'

/** On/off preferences, kept in this browser. */
const PREFIX = 'lastwords.'
const listeners = new Set<() => void>()

function read(name: string): boolean | null {
  try {
    const kept = localStorage.getItem(PREFIX + name)
    return kept === null ? null : kept === 'on'
  } catch {
    return null // without storage, the defaults hold
  }
}

function keep(name: string, on: boolean) {
  try {
    localStorage.setItem(PREFIX + name, on ? 'on' : 'off')
  } catch {
    // Without storage, it holds until the page is left.
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

/** A remembered preference, and a function to change it. */
export function usePreference(name: string, byDefault: boolean): [boolean, (on: boolean) => void] {
  const on = useSyncExternalStore(subscribe, () => preferred(name, byDefault))
  return [on, (next) => keep(name, next)]
}
