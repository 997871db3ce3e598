import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import { copyText } from './clipboard.ts'
import css from './Menu.module.css'

/** One thing that can be done: something to call, an address to go to or fetch, or a text to copy. */
export type MenuItem = { label: string; danger?: boolean } & (
  | { onSelect: () => void; disabled?: boolean }
  | { to: string }
  | { href: string; download?: boolean }
  | { copy: string; copied: string }
)

type ItemProps = { item: MenuItem; onDone: () => void; onCopied: (words: string) => void }

function Item({ item, onDone, onCopied }: ItemProps) {
  const common = {
    role: 'menuitem',
    tabIndex: -1,
    className: item.danger ? css.danger : css.item,
  } as const
  if ('to' in item)
    return (
      <Link {...common} href={item.to} onClick={onDone}>
        {item.label}
      </Link>
    )
  if ('href' in item) {
    const more = item.download
      ? { download: true }
      : { target: '_blank', rel: 'noopener noreferrer' }
    return (
      <a {...common} {...more} href={item.href} onClick={onDone}>
        {item.label}
      </a>
    )
  }
  const act = async () => {
    if ('onSelect' in item) item.onSelect()
    else if (await copyText(item.copy)) onCopied(item.copied)
    onDone()
  }
  return (
    <button
      {...common}
      type="button"
      onClick={act}
      disabled={'onSelect' in item && item.disabled === true}
    >
      {item.label}
    </button>
  )
}

const itemsOf = (menu: HTMLElement | null) =>
  Array.from(menu?.querySelectorAll<HTMLElement>('[role=menuitem]:not(:disabled)') ?? [])

/** The item that a key goes to: the next or previous one, an end, or one that begins so. */
function targetOf(key: string, items: HTMLElement[]): HTMLElement | undefined {
  const at = items.indexOf(document.activeElement as HTMLElement)
  if (key === 'ArrowDown') return items[(at + 1) % items.length]
  if (key === 'ArrowUp') return items.at(at <= 0 ? -1 : at - 1)
  if (key === 'Home') return items[0]
  if (key === 'End') return items.at(-1)
  if (key.length !== 1 || key === ' ') return undefined
  const after = [...items.slice(at + 1), ...items.slice(0, at + 1)]
  return after.find(({ textContent }) => textContent?.toLowerCase().startsWith(key.toLowerCase()))
}

/** Closes what is open as soon as something outside of it is pressed or has the focus. */
function useOutside(open: boolean, box: { current: HTMLElement | null }, close: () => void) {
  useEffect(() => {
    if (!open) return
    const look = ({ target }: Event) => {
      if (!(target instanceof Node && box.current?.contains(target))) close()
    }
    document.addEventListener('pointerdown', look)
    document.addEventListener('focusin', look)
    return () => {
      document.removeEventListener('pointerdown', look)
      document.removeEventListener('focusin', look)
    }
  }, [open, box, close])
}

const SAID_FOR_MS = 3_000
/** A menu is at most about so wide: nearer to the window's left side it opens to the right. */
const WIDTH = 300
const MARGIN = 16

/** Where a menu begins that opens to the right of its button, within the window; else nothing. */
function leftOf(box: HTMLElement | null): number | undefined {
  const place = box?.getBoundingClientRect()
  const menu = box?.querySelector<HTMLElement>('[role=menu]')
  if (!place || !menu || place.right >= WIDTH) return undefined
  const room = document.documentElement.clientWidth - MARGIN - place.left - menu.offsetWidth
  return Math.min(0, room)
}

/** What was copied, in words, for as long as that takes to read. */
function useSaid(): [string, (words: string) => void] {
  const [words, say] = useState('')
  useEffect(() => {
    if (!words) return
    const timer = setTimeout(() => say(''), SAID_FOR_MS)
    return () => clearTimeout(timer)
  }, [words])
  return [words, say]
}

/** A button that opens a menu of what is done less often; arrows, ends and letters walk it. */
export function Menu({ label, items }: { label: string; items: MenuItem[] }) {
  const [open, setOpen] = useState(false)
  const [left, setLeft] = useState<number>()
  const [said, say] = useSaid()
  const box = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const id = useId()
  const [close] = useState(() => () => setOpen(false))
  useOutside(open, box, close)
  useLayoutEffect(() => {
    if (!open) return
    setLeft(leftOf(box.current))
    itemsOf(box.current)[0]?.focus()
  }, [open])
  const done = () => {
    // Before the item acts: a dialog that opens gives the focus back to where it was.
    button.current?.focus()
    close()
  }
  const press = (event: KeyboardEvent) => {
    if (!open) {
      if (event.key !== 'ArrowDown') return
      event.preventDefault()
      return setOpen(true)
    }
    if (event.key === 'Escape') done()
    else if (event.key === 'Tab') return close()
    else {
      const target = targetOf(event.key, itemsOf(box.current))
      if (!target) return
      target.focus()
    }
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the menu within
    <div ref={box} className={left === undefined ? css.box : css.left} onKeyDown={press}>
      <button
        ref={button}
        type="button"
        className={`btn ${css.button}`}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        aria-label={label}
        title={label}
        onClick={() => setOpen(!open)}
      >
        ⋯
      </button>
      {open && (
        <div id={id} role="menu" aria-label={label} className={css.menu} style={{ left }}>
          {items.map((item) => (
            <Item key={item.label} item={item} onDone={done} onCopied={say} />
          ))}
        </div>
      )}
      <span role="status" className={said ? css.said : 'hidden'}>
        {said}
      </span>
    </div>
  )
}
