import {
  type KeyboardEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import {
  type Geometry,
  isAtEnd,
  lastTop,
  type Position,
  ROW,
  rescaled,
  scrolled,
  settled,
} from './geometry.ts'
import { selectedRows } from './rows.ts'

const IDLE_MS = 150

function useViewport(element: HTMLElement | null): number {
  const [height, setHeight] = useState(0)
  useLayoutEffect(() => {
    if (!element) return
    const measure = () => setHeight(element.clientHeight)
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [element])
  return height
}

/** Page keys move by one view, keeping two lines in sight. */
function keyTarget(key: string, geometry: Geometry, top: number): number | null {
  const page = Math.max(ROW, geometry.viewport - 2 * ROW)
  switch (key) {
    case 'Home':
      return 0
    case 'End':
      return lastTop(geometry)
    case 'PageUp':
      return top - page
    case 'PageDown':
      return top + page
    default:
      return null
  }
}

/** The log takes the focus, so that its keys work at once, unless something else has it. */
function useFirstFocus(element: HTMLElement | null) {
  useEffect(() => {
    const { activeElement } = document
    const free = activeElement === document.body || activeElement?.id === 'main'
    if (!free || !element) return
    // Nobody went there by keyboard: no ring is drawn around the whole log until somebody does.
    element.dataset.arrived = ''
    element.focus({ preventScroll: true })
    element.addEventListener('blur', () => delete element.dataset.arrived, { once: true })
  }, [element])
}

/** Stops following while text is being selected, from the pointer press that may start it. */
function useStillWhileSelecting(
  element: HTMLElement | null,
  following: boolean,
  pause: () => void,
  follow: () => void,
) {
  useEffect(() => {
    const look = () => {
      if (selectedRows(element)) pause()
    }
    document.addEventListener('selectionchange', look)
    return () => document.removeEventListener('selectionchange', look)
  }, [element, pause])
  useEffect(() => {
    if (!element || !following) return
    const release = () => {
      if (!selectedRows(element)) follow()
    }
    const press = ({ target }: PointerEvent) => {
      if (!(target instanceof Element && target.closest('[data-line]'))) return
      pause()
      document.addEventListener('pointerup', release, { once: true })
    }
    element.addEventListener('pointerdown', press)
    return () => element.removeEventListener('pointerdown', press)
  }, [element, following, pause, follow])
}

/** Scrolls through `lines` lines; `following` stays at the end as the log grows. */
export function useScroller(lines: number, row: number, followFirst: boolean) {
  const [element, setElement] = useState<HTMLElement | null>(null)
  const viewport = useViewport(element)
  const [position, setPosition] = useState<Position>({ top: 0, scroll: 0 })
  const [following, setFollowing] = useState(followFirst)
  const geometry: Geometry = { lines, viewport, row }
  const idle = useRef<ReturnType<typeof setTimeout>>(undefined)
  const [rowBefore, setRowBefore] = useState(row)
  if (row !== rowBefore) {
    setRowBefore(row)
    setPosition(rescaled({ ...geometry, row: rowBefore }, geometry, position))
  }

  // While following, always show the end.
  const shown = following ? settled(geometry, { top: lastTop(geometry), scroll: 0 }) : position
  const latest = useRef({ geometry, position: shown })
  useLayoutEffect(() => {
    latest.current = { geometry, position: shown }
  })

  // The canvas has its new height by now. The browser may round the position it is given; one that
  // came from the browser is not set again: it may have scrolled on since, and would stop dead.
  const heard = useRef<number | null>(null)
  useLayoutEffect(() => {
    if (!element || shown.scroll === heard.current) return
    heard.current = null
    if (Math.abs(element.scrollTop - shown.scroll) >= 1) element.scrollTop = shown.scroll
  }, [element, shown.scroll])
  useEffect(() => () => clearTimeout(idle.current), [])
  useFirstFocus(element)

  const moveTo = useCallback((top: number) => {
    const next = settled(latest.current.geometry, { top, scroll: 0 })
    setPosition(next)
    setFollowing(isAtEnd(latest.current.geometry, next))
  }, [])
  const pause = useCallback(() => {
    setPosition(latest.current.position)
    setFollowing(false)
  }, [])
  const follow = useCallback(() => moveTo(lastTop(latest.current.geometry)), [moveTo])
  useStillWhileSelecting(element, following, pause, follow)

  const onScroll = () => {
    if (!element) return
    const before = latest.current.position
    const next = scrolled(latest.current.geometry, before, element.scrollTop)
    if (Math.abs(next.scroll - before.scroll) < 1) return
    heard.current = next.scroll
    setPosition(next)
    if (next.scroll < before.scroll) setFollowing(false)
    else if (isAtEnd(latest.current.geometry, next)) setFollowing(true)
    clearTimeout(idle.current)
    idle.current = setTimeout(
      () => setPosition((last) => settled(latest.current.geometry, last)),
      IDLE_MS,
    )
  }

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return
    const target = keyTarget(event.key, geometry, shown.top)
    if (target === null) return
    event.preventDefault()
    moveTo(target)
  }

  return {
    ref: setElement,
    element,
    geometry,
    position: shown,
    following,
    moveTo,
    pause,
    onScroll,
    onKeyDown,
  }
}
