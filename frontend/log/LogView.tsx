import { type ClipboardEvent, useCallback, useEffect, useRef, useState } from 'react'
import type { LogMeta } from '~/api/client.ts'
import type { AttemptId } from '~/api/queries/attempts.ts'
import type { LineRange } from '~/paths.ts'
import { logTexts } from '~/texts/log.ts'
import { Spoken } from '~/ui/Spoken.tsx'
import { FindBar, findWords } from './FindBar.tsx'
import { anchorTop, canvasHeight, isAtEnd, middleLine, reveal } from './geometry.ts'
import { picked, setLineHash, useLineHash } from './hash.ts'
import { useHighlights } from './highlights.ts'
import { useHits } from './hits.ts'
import { LogRows, useRowHeight } from './LogRows.tsx'
import css from './LogView.module.css'
import { useLines } from './lines.ts'
import { markOrCopy, useLogKeys } from './logKeys.ts'
import { MarkedLines } from './MarkedLines.tsx'
import { Marks } from './Marks.tsx'
import { useLogOptions } from './options.ts'
import { rowNumbers, selectedRows, selectedText, useHeldRows } from './rows.ts'
import { useScroller } from './useScroller.ts'
import { visibleRows } from './visible.ts'
import { WholeLine } from './WholeLine.tsx'

type Scroller = ReturnType<typeof useScroller>

/** Scrolls a line into view, to the middle if it was out of view. */
function useGoTo({ moveTo, geometry, position }: Scroller, wrap: boolean) {
  const now = useRef({ geometry, position, wrap })
  useEffect(() => {
    now.current = { geometry, position, wrap }
  })
  return useCallback(
    (line: number) => {
      const { geometry, position, wrap } = now.current
      moveTo(wrap ? anchorTop(geometry, line) : reveal(geometry, position, line))
    },
    [moveTo],
  )
}

/** The line in the middle of what is seen. */
function useHere({ geometry, position }: Scroller) {
  const now = useRef({ geometry, position })
  useEffect(() => {
    now.current = { geometry, position }
  })
  return useCallback(() => middleLine(now.current.geometry, now.current.position), [])
}

/** Goes to the lines in the URL when the page opens and whenever the URL changes. */
function useRevealed(ready: boolean, goTo: (line: number) => void) {
  const marked = useLineHash()
  useEffect(() => {
    if (ready && marked) goTo(marked.first)
  }, [ready, marked, goTo])
  return marked
}

/** How many lines were added since the end was last in view. */
function useUnseen({ following, geometry, position }: Scroller): number {
  const [seen, setSeen] = useState(geometry.lines)
  const atEnd = following || isAtEnd(geometry, position)
  useEffect(() => {
    if (atEnd) setSeen(geometry.lines)
  }, [atEnd, geometry.lines])
  return atEnd ? 0 : geometry.lines - seen
}

type FollowProps = { scroller: Scroller; unseen: number; final: boolean }

function FollowState({ scroller, unseen, final }: FollowProps) {
  if (final) return null
  if (scroller.following) return <span className={css.live}>{logTexts.following}</span>
  return (
    <button
      type="button"
      className={css.pill}
      onClick={() => scroller.moveTo(scroller.geometry.lines * scroller.geometry.row)}
    >
      {unseen > 0 ? logTexts.newLines(unseen) : logTexts.paused} · {logTexts.follow}
    </button>
  )
}

/** Copies the selected source; a selection past the drawn rows becomes a range of lines. */
function copySelected(event: ClipboardEvent<HTMLElement>, get: ReturnType<typeof useLines>['get']) {
  const rows = selectedRows(event.currentTarget)
  if (!rows) return
  const text = selectedText(event.currentTarget, rows, get)
  event.preventDefault()
  if (text !== null) return event.clipboardData.setData('text/plain', text)
  setLineHash(rows)
  document.getSelection()?.removeAllRanges()
}

type LogViewProps = {
  of: AttemptId
  meta: LogMeta
  label: string
  /** Show the end first, as for a log that is growing or that ended in a failure. */
  endFirst: boolean
  /** The lines of the error, as far as they are known. */
  error: LineRange | null
}

/** A log of any size: only the lines in view exist as elements. */
export function LogView({ of, meta, label, endFirst, error }: LogViewProps) {
  const options = useLogOptions()
  const { times, wrap, find } = options
  const [row, measureRow] = useRowHeight(wrap)
  const scroller = useScroller(meta.lines, row, endFirst && location.hash === '')
  const { geometry, position, element } = scroller
  const held = useHeldRows(element)
  const numbers = rowNumbers(visibleRows(geometry, position, wrap), held, meta.lines)
  const lines = useLines(of, meta, numbers)
  const goTo = useGoTo(scroller, wrap)
  const marked = useRevealed(geometry.viewport > 0, goTo)
  const here = useHere(scroller)
  const hits = useHits(of, meta, find, { onVisit: goTo, here })
  const errors = useLogKeys({ of, meta, options, scroller, goTo, here })
  useHighlights(element, find, hits.line)
  const [whole, setWhole] = useState<number | null>(null)
  const pick = useCallback(
    (number: number, extend: boolean) => setLineHash(picked(marked, number, extend)),
    [marked],
  )
  const unseen = useUnseen(scroller)
  const words = (find && findWords(find, hits)) || errors
  return (
    <div className={css.frame} data-fill>
      {find && <FindBar find={find} hits={hits} options={options} />}
      <div className={css.body}>
        <section
          ref={scroller.ref}
          id="log"
          className={css.view}
          aria-label={label}
          aria-description={logTexts.hint}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
          tabIndex={0}
          onScroll={scroller.onScroll}
          onKeyDown={(event) => {
            markOrCopy(event, meta.lines, marked !== null)
            scroller.onKeyDown(event)
          }}
          onCopy={(event) => copySelected(event, lines.get)}
        >
          <div className={css.canvas} style={{ height: canvasHeight(geometry) }}>
            <LogRows
              numbers={numbers}
              lines={lines.get}
              geometry={geometry}
              position={position}
              wrap={wrap}
              times={times}
              marked={marked}
              error={error}
              onPick={pick}
              onWhole={setWhole}
              onMeasured={measureRow}
            />
          </div>
        </section>
        <Marks lines={meta.lines} error={error} marked={marked} hits={hits.lines} onGo={goTo} />
      </div>
      <div className={css.foot}>
        {lines.error && <span className={css.problem}>{lines.error.message}</span>}
        {marked ? (
          <MarkedLines of={of} meta={meta} marked={marked} />
        ) : (
          <span className={css.keys} aria-hidden="true">
            {errors || logTexts.hint}
          </span>
        )}
        <span className="grow" />
        <FollowState scroller={scroller} unseen={unseen} final={meta.final} />
      </div>
      <Spoken message={words || (unseen > 0 ? logTexts.newLines(unseen) : '')} />
      {whole !== null && <WholeLine of={of} number={whole} onClose={() => setWhole(null)} />}
    </div>
  )
}
