import { useEffect, useRef } from 'react'
import { preferred } from './preference.ts'

/** Keys without modifiers; they can be turned off (WCAG 2.1.4). */
export const KEYS_PREFERENCE = 'keys'

type Shortcuts = Record<string, (event: KeyboardEvent) => void>

/** Whether a key is text (in a field), or belongs to a dialog, which has its own keys. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return (
    target.isContentEditable ||
    target.closest('input:not([type=checkbox]), textarea, select, dialog') !== null
  )
}

const isPlain = (event: KeyboardEvent) => !event.ctrlKey && !event.metaKey && !event.altKey

/** Acts on single keys (`n`, `/`, `?`), unless the focus is in a field or a dialog. */
export function useShortcuts(shortcuts: Shortcuts) {
  const latest = useRef(shortcuts)
  useEffect(() => {
    latest.current = shortcuts
  })
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || !isPlain(event) || isTyping(event.target)) return
      if (document.querySelector('dialog[open]') || !preferred(KEYS_PREFERENCE, true)) return
      const act = latest.current[event.key]
      if (!act) return
      event.preventDefault()
      act(event)
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [])
}

/** Acts on Ctrl (or Cmd) and a key; `act` returns false to leave it to the browser. */
export function useChord(key: string, act: () => boolean) {
  const latest = useRef(act)
  useEffect(() => {
    latest.current = act
  })
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const held = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey
      if (!held || event.key.toLowerCase() !== key) return
      if (latest.current()) event.preventDefault()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [key])
}
