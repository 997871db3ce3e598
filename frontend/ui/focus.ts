import { useEffect } from 'react'

/** An element that had the focus, with what stood around it and around all that it is in. */
type Place = { element: Element; next: Element | null; previous: Element | null }

const FOCUSABLE =
  'a[href], button:not(:disabled), input:not(:disabled), select, textarea, summary, [tabindex="0"]'

function placesOf(element: Element): Place[] {
  const places: Place[] = []
  for (let at: Element | null = element; at && at !== document.body; at = at.parentElement) {
    places.push({ element: at, next: at.nextElementSibling, previous: at.previousElementSibling })
  }
  return places
}

const firstIn = (element: Element | null): HTMLElement | null => {
  if (!element?.isConnected || element.closest('[inert], [hidden]')) return null
  if (element instanceof HTMLElement && element.matches(FOCUSABLE)) return element
  return element.querySelector<HTMLElement>(FOCUSABLE)
}

/** What takes the focus of an element that is gone: what stood next to it, else what it was in. */
function heirOf(places: Place[]): HTMLElement | null {
  const kept = places.findIndex(({ element }) => element.isConnected)
  const gone = places[kept - 1]
  const around = places[kept]?.element ?? null
  const beside = gone && (firstIn(gone.next) ?? firstIn(gone.previous))
  return beside ?? around?.closest<HTMLElement>('section, dialog, main') ?? null
}

function pass(to: HTMLElement | null) {
  if (!to) return
  if (!to.matches(`${FOCUSABLE}, [tabindex]`)) to.tabIndex = -1
  to.focus({ preventScroll: true })
}

/**
 * The focus never falls to nowhere: where its element is taken away, what stands next to it has it;
 * where that is disabled while something is done, it comes back with it.
 */
export function useKeptFocus() {
  useEffect(() => {
    let places: Place[] = []
    let waits = false
    const gained = ({ target }: FocusEvent) => {
      waits = false
      places = target instanceof Element ? placesOf(target) : []
    }
    // A click beside everything gives the focus up on purpose.
    const clicked = () => {
      places = []
    }
    const changed = () => {
      const held = places[0]?.element
      if (!held || (document.activeElement !== document.body && document.activeElement)) {
        if (held?.matches(':disabled')) waits = true
        return
      }
      if (held.matches(':disabled')) waits = true
      else if (!held.isConnected) pass(heirOf(places))
      else if (waits && held instanceof HTMLElement) pass(held)
    }
    const observer = new MutationObserver(changed)
    const filter = { attributes: true, attributeFilter: ['disabled'] }
    observer.observe(document.body, { childList: true, subtree: true, ...filter })
    document.addEventListener('focusin', gained)
    document.addEventListener('pointerdown', clicked, true)
    return () => {
      observer.disconnect()
      document.removeEventListener('focusin', gained)
      document.removeEventListener('pointerdown', clicked, true)
    }
  }, [])
}
