import { useState } from 'react'
import { canNotify, NOTIFY_PREFERENCE } from '~/ui/endings.ts'
import { usePreference } from '~/ui/preference.ts'
import { texts } from '~/ui/texts.ts'
import css from './Notify.module.css'

/** The switch for notifications; not there where the browser has none (plain http has none). */
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
      {texts.system.notify}
      {denied && <span role="alert">{texts.system.notifyDenied}</span>}
    </label>
  )
}
