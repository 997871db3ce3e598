import { useSyncExternalStore } from 'react'

/** A line that says what was done; with `undo` where that can be taken back. */
export type Toast = { id: number; text: string; undo?: (() => void) | undefined }

let shown: Toast | null = null
let count = 0
const listeners = new Set<() => void>()

function show(toast: Toast | null) {
  shown = toast
  for (const listener of listeners) listener()
}

/** Says what was done, in place of what was said before. */
export function say(text: string, undo?: () => void) {
  count += 1
  show({ id: count, text, undo })
}

export const unsay = () => show(null)

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

export const useToast = (): Toast | null => useSyncExternalStore(subscribe, () => shown)
