import { type ReactNode, useEffect, useId, useLayoutEffect, useRef } from 'react'
import { commonTexts } from '~/texts/common.ts'
import css from './Dialog.module.css'

type DialogProps = {
  title: string
  onClose: () => void
  children: ReactNode
  /** Buttons beside Close. */
  actions?: ReactNode
  closeLabel?: string
  /** As wide as a text needs; it is closed at its top. */
  wide?: boolean
}

/** The element that had the focus may be gone by now; then the page itself takes it. */
function keepFocus(closed: HTMLDialogElement) {
  const held = document.activeElement
  if (held !== document.body && !closed.contains(held)) return
  document.getElementById('main')?.focus({ preventScroll: true })
}

/**
 * A native modal dialog, open for as long as it is rendered.
 *
 * It must be closed, not just unmounted: only then does the browser give the focus back.
 */
export function Dialog({ title, onClose, children, actions, closeLabel, wide }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const id = useId()
  useEffect(() => {
    dialog.current?.showModal()
    const wanted = dialog.current?.querySelector<HTMLElement>('[data-autofocus]')
    const first = wanted ?? heading.current
    first?.focus()
  }, [])
  // Taken away while it is open, it gives the focus back as one that is closed does.
  useLayoutEffect(() => {
    const opened = dialog.current
    return () => opened?.close()
  }, [])
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      className={wide ? css.wide : css.narrow}
      // Ignore the close of a dialog inside this one.
      onClose={(event) => {
        if (event.target !== dialog.current) return
        keepFocus(dialog.current)
        onClose()
      }}
    >
      <header className={css.head}>
        <h2 ref={heading} id={id} tabIndex={-1}>
          {title}
        </h2>
        {wide && (
          <button
            type="button"
            className={css.close}
            aria-label={commonTexts.close}
            title={commonTexts.close}
            onClick={() => dialog.current?.close()}
          >
            ×
          </button>
        )}
      </header>
      <div className={css.body}>{children}</div>
      <footer className={css.foot}>
        {actions}
        {!wide && (
          <>
            <span className="grow" />
            <button type="button" className="btn" onClick={() => dialog.current?.close()}>
              {closeLabel ?? commonTexts.close}
            </button>
          </>
        )}
      </footer>
    </dialog>
  )
}
