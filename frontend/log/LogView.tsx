import { useCallback, useEffect, useRef, useState } from 'react'
import type { LogMeta } from '~/api/client.ts'
import type { AttemptId } from '~/api/queries.ts'
import { texts } from '~/ui/texts.ts'
import { canvasHeight, isAtEnd, lineTop, ROW, reveal, visibleLines } from './geometry.ts'
import { picked, setLineHash, useLineHash } from './hash.ts'
import { LogRow } from './LogRow.tsx'
import css from './LogView.module.css'
import { useLines } from './lines.ts'
import { MarkedLines } from './MarkedLines.tsx'
import { useScroller } from './useScroller.ts'
import { WholeLine } from './WholeLine.tsx'

type LogViewProps = {
  of: AttemptId
  meta: LogMeta
  label: string
  times: boolean
  /** Show the end first, as for a log that is being written or that ended badly. */
  endFirst: boolean
}

type Scroller = ReturnType<typeof useScroller>

/** Goes to the lines of the address: when the page opens, and whenever the address changes. */
function useRevealed(scroller: Scroller) {
  const marked = useLineHash()
  const { moveTo, geometry, position } = scroller
  const ready = geometry.viewport > 0
  const now = useRef({ geometry, position })
  useEffect(() => {
    now.current = { geometry, position }
  })
  useEffect(() => {
    if (!ready || !marked) return
    moveTo(reveal(now.current.geometry, now.current.position, marked.first))
  }, [ready, marked, moveTo])
  return marked
}

/** How many lines came since the end was last in view. */
function useUnseen({ following, geometry, position }: Scroller): number {
  const [seen, setSeen] = useState(geometry.lines)
  const atEnd = following || isAtEnd(geometry, position)
  useEffect(() => {
    if (atEnd) setSeen(geometry.lines)
  }, [atEnd, geometry.lines])
  return atEnd ? 0 : geometry.lines - seen
}

type FollowProps = { scroller: Scroller; final: boolean }

function FollowState({ scroller, final }: FollowProps) {
  const unseen = useUnseen(scroller)
  if (final) return null
  if (scroller.following) return <span className={css.live}>{texts.log.following}</span>
  return (
    <button
      type="button"
      className={css.pill}
      onClick={() => scroller.moveTo(scroller.geometry.lines * ROW)}
    >
      {unseen > 0 ? texts.log.newLines(unseen) : texts.log.paused} · {texts.log.follow}
    </button>
  )
}

/** A log of any size: only the lines in view exist as elements. */
export function LogView({ of, meta, label, times, endFirst }: LogViewProps) {
  const scroller = useScroller(meta.lines, endFirst && location.hash === '')
  const { geometry, position } = scroller
  const { first, last } = visibleLines(geometry, position)
  const lines = useLines(of, meta, first, last)
  const marked = useRevealed(scroller)
  const [whole, setWhole] = useState<number | null>(null)
  const pick = useCallback(
    (number: number, extend: boolean) => setLineHash(picked(marked, number, extend)),
    [marked],
  )
  const digits = String(meta.lines).length
  const numbers = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)
  return (
    <div className={css.frame} data-fill>
      <section
        ref={scroller.ref}
        className={css.view}
        aria-label={label}
        aria-description={texts.log.keys}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
        tabIndex={0}
        onScroll={scroller.onScroll}
        onKeyDown={scroller.onKeyDown}
      >
        <div className={css.canvas} style={{ height: canvasHeight(geometry) }}>
          {numbers.map((number) => (
            <LogRow
              key={number}
              number={number}
              line={lines.get(number)}
              top={lineTop(position, number)}
              marked={marked !== null && number >= marked.first && number <= marked.last}
              digits={digits}
              times={times}
              onPick={pick}
              onWhole={setWhole}
            />
          ))}
        </div>
      </section>
      <div className={css.foot}>
        {lines.error && <span className={css.error}>{lines.error.message}</span>}
        {marked ? (
          <MarkedLines of={of} meta={meta} marked={marked} />
        ) : (
          <span className={css.keys} aria-hidden="true">
            {texts.log.keys}
          </span>
        )}
        <span className="grow" />
        <FollowState scroller={scroller} final={meta.final} />
      </div>
      {whole !== null && <WholeLine of={of} number={whole} onClose={() => setWhole(null)} />}
    </div>
  )
}
