import { useState } from 'react'
import { systemTexts } from '~/texts/system.ts'
import { canNotify, NOTIFY_PREFERENCE } from '~/ui/endings.ts'
import { usePreference } from '~/ui/preference.ts'
import css from './Notify.module.css'

/** A switch for notifications; hidden where the browser has none (as on plain http). */
export function Notify() {
  const [on, setOn] = usePreference(NOTIFY_PREFERENCE, false)
  const [denied, setDenied] = useState(false)
  if (!canNotify()) return null
  const toggle = async () => {
    const allowed = on || (await Notification.requestPermission()) === 'granted'
    setDenied(!allowed)
    if (allowed) setOn(!on)
  }
  return (
    <label className={css.notify}>
      <input type="checkbox" checked={on} onChange={() => void toggle()} />
      {systemTexts.notify}
      {denied && <span role="alert">{systemTexts.notifyDenied}</span>}
    </label>
  )
}
