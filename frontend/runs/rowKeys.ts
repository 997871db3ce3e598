import { useShortcuts } from '~/ui/shortcuts.ts'

const links = () => [...document.querySelectorAll<HTMLElement>('[data-run-link]')]

const focused = () => document.activeElement?.closest<HTMLElement>('tr')?.getAttribute('data-run')

/** Moves the focus to the link of the next or previous row, whose Enter opens the run. */
function move(by: 1 | -1) {
  const all = links()
  const at = all.findIndex((link) => link.closest('tr')?.getAttribute('data-run') === focused())
  const next = all[at === -1 ? (by === 1 ? 0 : all.length - 1) : at + by]
  next?.focus()
  next?.closest('tr')?.scrollIntoView({ block: 'nearest' })
}

/** j and k go from row to row, x ticks the one with the focus. */
export function useRowKeys(onTick: (id: string) => void) {
  useShortcuts({
    j: () => move(1),
    k: () => move(-1),
    x: () => {
      const id = focused()
      if (id) onTick(id)
    },
  })
}
