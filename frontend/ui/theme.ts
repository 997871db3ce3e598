import { useSyncExternalStore } from 'react'

/** Light or dark as somebody chose it in this browser, or as the device has it. */
export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const KEPT = 'lastwords.theme'
const CHANGED = 'lastwords-theme'

const isTheme = (name: string | undefined | null): name is Theme =>
  THEMES.some((theme) => theme === name)

/** What is in force is on the page itself, where the style sheet reads it. */
function current(): Theme {
  const { theme } = document.documentElement.dataset
  return isTheme(theme) ? theme : 'system'
}

function apply(theme: Theme) {
  document.documentElement.dataset.theme = theme
  window.dispatchEvent(new Event(CHANGED))
}

export function setTheme(theme: Theme) {
  try {
    localStorage.setItem(KEPT, theme)
  } catch {
    // Without storage, it holds until the page is left.
  }
  apply(theme)
}

function applyKept() {
  try {
    const kept = localStorage.getItem(KEPT)
    apply(isTheme(kept) ? kept : 'system')
  } catch {
    apply('system')
  }
}

/** Take up what was chosen before, and what another tab chooses. */
export function startTheme() {
  applyKept()
  window.addEventListener('storage', applyKept)
}

/** Calls back when the colours change, chosen here or by the device; returns how to end that. */
export function onColours(act: () => void): () => void {
  const scheme = matchMedia('(prefers-color-scheme: dark)')
  scheme.addEventListener('change', act)
  window.addEventListener(CHANGED, act)
  return () => {
    scheme.removeEventListener('change', act)
    window.removeEventListener(CHANGED, act)
  }
}

export const useTheme = (): Theme => useSyncExternalStore(onColours, current)
