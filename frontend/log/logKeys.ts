import { type KeyboardEvent, useState } from 'react'
import type { LogMeta } from '~/api/client.ts'
import type { AttemptId } from '~/api/queries/attempts.ts'
import { logTexts } from '~/texts/log.ts'
import { useChord, useShortcuts } from '~/ui/shortcuts.ts'
import { setLineHash } from './hash.ts'
import { useHits } from './hits.ts'
import type { Find, useLogOptions } from './options.ts'
import type { useScroller } from './useScroller.ts'

/** Lines that report an error, in the words of Python and of loggers. */
const ERRORS: Find = {
  q: String.raw`Traceback \(most recent call last\)|^(\[\w+\]:? ?)?[A-Za-z_.]*(Error|Exception|Interrupt)\b|\b(ERROR|CRITICAL|FATAL)\b`,
  regex: true,
  exactCase: true,
}

const copyMarked = () =>
  document.querySelector<HTMLButtonElement>('[data-copy-lines] button')?.click()

const isHeld = (event: KeyboardEvent, key: string) =>
  (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === key

/** Ctrl+A selects every line of the log, not the page around it; Ctrl+C copies the selection. */
export function markOrCopy(event: KeyboardEvent<HTMLElement>, lines: number, marked: boolean) {
  if (isHeld(event, 'a')) setLineHash({ first: 1, last: lines })
  else if (marked && isHeld(event, 'c') && document.getSelection()?.isCollapsed) copyMarked()
  else return
  event.preventDefault()
}

const field = () => document.querySelector<HTMLInputElement>('#find')

/** Ctrl+F opens the search; pressed again in its field, it opens the browser's own. */
function useFindKey({ find, setFind }: Options) {
  const open = () => {
    if (find) field()?.select()
    else setFind('')
  }
  const chord = () => {
    const here = document.activeElement === field() || document.querySelector('dialog[open]')
    if (here) return false
    open()
    field()?.focus()
    return true
  }
  useChord('f', chord)
  return () => {
    open()
    field()?.focus()
  }
}

type Options = ReturnType<typeof useLogOptions>

type KeysProps = {
  of: AttemptId
  meta: LogMeta
  options: Options
  scroller: ReturnType<typeof useScroller>
  goTo: (line: number) => void
  /** The line in the middle of what is seen. */
  here: () => number
}

/** The keys of the log; returns which error is current, in words, once N or P was pressed. */
export function useLogKeys({ of, meta, options, scroller, goTo, here }: KeysProps): string {
  const [armed, setArmed] = useState(false)
  const errors = useHits(of, meta, armed ? ERRORS : null, { onVisit: goTo, here })
  const openFind = useFindKey(options)
  const error = (by: 1 | -1) => () => (armed ? errors.step(by) : setArmed(true))
  const follow = () =>
    scroller.following
      ? scroller.pause()
      : scroller.moveTo(scroller.geometry.lines * scroller.geometry.row)
  useShortcuts({
    '/': openFind,
    n: error(1),
    N: error(1),
    p: error(-1),
    P: error(-1),
    f: follow,
    F: follow,
    c: copyMarked,
    C: copyMarked,
    w: () => options.toggle('wrap'),
    W: () => options.toggle('wrap'),
    t: () => options.toggle('times'),
    T: () => options.toggle('times'),
  })
  if (!armed) return ''
  if (errors.error) return errors.error.message
  if (errors.total === undefined) return logTexts.searching
  return errors.total === 0
    ? logTexts.noErrors
    : logTexts.errorAt(errors.at + 1, errors.total, errors.line)
}
