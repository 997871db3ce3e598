import { useEffect, useState } from 'react'
import { commonTexts } from '~/texts/common.ts'
import css from './Toasts.module.css'
import { type Toast, unsay, useToast } from './toasts.ts'

const SHOWN_MS = 5_000
const UNDO_MS = 12_000

function Line({ toast }: { toast: Toast }) {
  const [held, setHeld] = useState(false)
  useEffect(() => {
    if (held) return
    const timer = setTimeout(unsay, toast.undo ? UNDO_MS : SHOWN_MS)
    return () => clearTimeout(timer)
  }, [held, toast])
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it stays for as long as it is looked at
    <div
      className={css.toast}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span>{toast.text}</span>
      {toast.undo && (
        <button
          type="button"
          className="link"
          onClick={() => {
            toast.undo?.()
            unsay()
          }}
        >
          {commonTexts.undo}
        </button>
      )}
    </div>
  )
}

/** Where the page says what was done. */
export function Toasts() {
  const toast = useToast()
  return (
    <div className={css.toasts} role="status" aria-label={commonTexts.done}>
      {toast && <Line key={toast.id} toast={toast} />}
    </div>
  )
}
