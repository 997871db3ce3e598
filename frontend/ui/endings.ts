import { useSyncExternalStore } from 'react'
import type { Run } from '~/api/client.ts'
import { isFinal } from '~/api/queries/runs.ts'
import { calledOf } from '~/runs/facts.ts'
import { commonTexts, statusNames } from '~/texts/common.ts'
import { preferred } from './preference.ts'

/** Notifies when a run ends; only where the browser supports notifications. */
export const NOTIFY_PREFERENCE = 'notify'
export const canNotify = () => window.isSecureContext && 'Notification' in window

const listeners = new Set<() => void>()
const live = new Set<string>()
let unseen = 0

function tell(count: number) {
  unseen = count
  for (const listener of listeners) listener()
}

function notify(run: Run) {
  if (!canNotify() || !preferred(NOTIFY_PREFERENCE, false)) return
  if (Notification.permission !== 'granted') return
  const body = run.headline ?? undefined
  const words = commonTexts.notification(calledOf(run) ?? run.id, statusNames[run.status])
  new Notification(words, { tag: run.id, ...(body === undefined ? {} : { body }) })
}

/** Notes which of these runs have ended since the last call. */
export function noteEndings(runs: Run[]) {
  for (const run of runs) {
    if (!isFinal(run)) live.add(run.id)
    else if (live.delete(run.id) && document.hidden) {
      notify(run)
      tell(unseen + 1)
    }
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden && unseen > 0) tell(0)
})

/** How many runs ended while the page was hidden; zero once it is seen. */
export const useEndings = (): number => useSyncExternalStore(subscribe, () => unseen)
