import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useLayoutEffect, useRef } from 'react'
import { Link } from 'wouter'
import { logTailQuery } from '~/api/queries/logs.ts'
import { paths } from '~/paths.ts'
import { logTexts as said } from '~/texts/log.ts'
import { AnsiText } from './AnsiText.tsx'
import css from './LogTail.module.css'
import { levelOf } from './levels.ts'
import type { ShownLine } from './shown.ts'

type LogTailProps = {
  id: string
  attempt: number
  /** Whether it still grows. */
  live: boolean
  newest: boolean
  label: string
  actions?: ReactNode
}

const ROW = 20

function TailLine({ line, href }: { line: ShownLine; href: string }) {
  const level = levelOf(line.text)
  return (
    <li className={level ? css[level] : undefined}>
      <Link href={href} className={css.number} aria-label={said.lineNumber(line.number)}>
        {line.number}
      </Link>
      <span className={css.text}>
        <AnsiText text={line.text} />
      </span>
    </li>
  )
}

/** The last lines of a log, kept at its end while it grows. */
export function LogTail({ id, attempt, live, newest, label, actions }: LogTailProps) {
  const { data } = useQuery(logTailQuery({ id, attempt }, live))
  const view = useRef<HTMLElement>(null)
  const lines = data?.lines ?? []
  const last = lines.at(-1)
  const end = last && `${last.number} ${last.text.length}`
  const atEnd = useRef(true)
  useLayoutEffect(() => {
    if (end && view.current && atEnd.current) view.current.scrollTop = view.current.scrollHeight
  }, [end])
  const of = (first: number) =>
    paths.log(id, { attempt: newest ? undefined : attempt, lines: { first, last: first } })
  return (
    <section aria-labelledby="tail">
      <div className={css.bar}>
        <h2 id="tail">{said.title}</h2>
        {data && <span className="dim num">{said.tail(lines.length, data.total, live)}</span>}
        <span className="grow" />
        {actions}
      </div>
      {data && lines.length === 0 && <p className="dim">{live ? said.empty : said.emptyFinal}</p>}
      {lines.length > 0 && (
        <section
          ref={view}
          aria-label={label}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
          tabIndex={0}
          onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
            atEnd.current = scrollHeight - scrollTop - clientHeight < ROW
          }}
          className={css.view}
          style={{ height: lines.length * ROW + 18 }}
        >
          <ol>
            {lines.map((line, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows stay, and their lines change: nothing moves
              <TailLine key={place} line={line} href={of(line.number)} />
            ))}
          </ol>
        </section>
      )}
    </section>
  )
}
