import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { commonTexts } from '~/texts/common.ts'
import { isTyping, useChord } from './shortcuts.ts'
import css from './Toasts.module.css'
import { type Toast, unsay, useToast } from './toasts.ts'

const SHOWN_MS = 5_000
const UNDO_MS = 12_000

function undo(toast: Toast) {
  toast.undo?.()
  unsay()
}

/** Gives the focus back to where it came from, when the line that has it goes. */
function useFocusBack() {
  const line = useRef<HTMLDivElement>(null)
  const from = useRef<HTMLElement>(null)
  useLayoutEffect(() => {
    const shown = line.current
    return () => {
      if (!shown?.contains(document.activeElement)) return
      const before = from.current?.isConnected ? from.current : document.getElementById('main')
      before?.focus({ preventScroll: true })
    }
  }, [])
  const gained = (before: EventTarget | null) => {
    if (before instanceof HTMLElement && !line.current?.contains(before)) from.current = before
  }
  return { line, gained }
}

function Line({ toast }: { toast: Toast }) {
  const [pointed, setPointed] = useState(false)
  const [focused, setFocused] = useState(false)
  const { line, gained } = useFocusBack()
  const held = pointed || focused
  useEffect(() => {
    if (held) return
    const timer = setTimeout(unsay, toast.undo ? UNDO_MS : SHOWN_MS)
    return () => clearTimeout(timer)
  }, [held, toast])
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it stays for as long as it is looked at
    <div
      ref={line}
      className={css.toast}
      onPointerEnter={() => setPointed(true)}
      onPointerLeave={() => setPointed(false)}
      onFocus={({ relatedTarget }) => {
        gained(relatedTarget)
        setFocused(true)
      }}
      onBlur={() => setFocused(false)}
    >
      <span>{toast.text}</span>
      {toast.undo && (
        <button
          type="button"
          className="link"
          title={commonTexts.undoKey}
          aria-keyshortcuts="Control+Z"
          onClick={() => undo(toast)}
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
  // The line stands at the end of the page: it is far to go there by Tab before it goes.
  useChord('z', () => {
    if (!toast?.undo || isTyping(document.activeElement)) return false
    undo(toast)
    return true
  })
  return (
    <div className={css.toasts} role="status" aria-label={commonTexts.done}>
      {toast && <Line key={toast.id} toast={toast} />}
    </div>
  )
}
