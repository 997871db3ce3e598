import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { RunPage } from '~/api/client.ts'
import { mistakeIn, runsQuery } from '~/api/queries/runs.ts'
import { legible } from '~/log/ansi.ts'
import { useMayWrite } from '~/people/me.ts'
import { Examples } from '~/start/Examples.tsx'
import { commonTexts } from '~/texts/common.ts'
import { emptyTexts, runsTexts as said } from '~/texts/runs.ts'
import { Command } from '~/ui/Command.tsx'
import { formatAgo } from '~/ui/format.ts'
import { useNow } from '~/ui/now.ts'
import { With } from '~/ui/States.tsx'
import { Title } from '~/ui/Title.tsx'
import { ColumnChooser } from './ColumnChooser.tsx'
import { chosenOf } from './columns.ts'
import { Filters } from './Filters.tsx'
import { useFilter } from './filter.ts'
import css from './RunsPage.module.css'
import { RunTable } from './RunTable.tsx'

const FEW = 3

/** Shown before the first run. */
function FirstRun() {
  return (
    <section className={css.empty}>
      <h2>{emptyTexts.title}</h2>
      <p className="dim">{emptyTexts.explain}</p>
      <Command text={emptyTexts.command} />
    </section>
  )
}

/** `q` is given if only a search narrows the list. */
function NoMatch({ q, onClear }: { q: string | undefined; onClear: () => void }) {
  return (
    <p className={css.empty}>
      {said.noMatch(q && legible(q))}{' '}
      <button type="button" className="link" onClick={onClear}>
        {q ? said.clearSearch : said.clearFilters}
      </button>
    </p>
  )
}

function Updated({ at }: { at: number }) {
  const ago = formatAgo(at, useNow())
  return <span className="faint num">{said.updated(ago)}</span>
}

type PagesProps = {
  next: string | null
  first: boolean
  newer: () => void
  older: (c: string) => void
}

function Pages({ next, first, newer, older }: PagesProps) {
  if (first && next === null) return null
  return (
    <nav className="row" aria-label={said.pages}>
      <button type="button" className="btn" disabled={first} onClick={newer}>
        {commonTexts.newer}
      </button>
      <button
        type="button"
        className="btn"
        disabled={next === null}
        onClick={() => next !== null && older(next)}
      >
        {commonTexts.older}
      </button>
    </nav>
  )
}

/** The last page that was there, so that a mistake in the query does not take it away. */
function useLastPage(page: RunPage | undefined): RunPage {
  const [last, setLast] = useState(page)
  if (page && page !== last) setLast(page)
  return last ?? NOTHING
}

const NOTHING: RunPage = { runs: [], nextCursor: null, counts: {}, outOfContact: 0 }

const totalOf = (page: RunPage) => Object.values(page.counts).reduce((sum, count) => sum + count, 0)

/** All runs, newest first. */
export function RunsPage() {
  const { filter, change, clear, older, newer } = useFilter()
  const mayWrite = useMayWrite()
  const asked = useQuery(runsQuery(filter))
  const mistake = mistakeIn(asked.error)
  const last = useLastPage(asked.data)
  const result = mistake === undefined ? asked : { ...asked, data: last, error: null }
  const { status, cause, model, fingerprint, flag, q } = filter
  const chosen = chosenOf(filter.columns)
  const narrowed = Boolean(status || cause || model || fingerprint || flag)
  const filtered = narrowed || Boolean(q)
  const matching = (page: RunPage) =>
    status ? (page.counts[status] ?? page.runs.length) : totalOf(page)
  return (
    <>
      <Title text={said.title} />
      <With result={result}>
        {(page) => (
          <>
            <h1 className="hidden">{said.title}</h1>
            {(filtered || totalOf(page) > 0) && (
              <Filters
                filter={filter}
                counts={page.counts}
                outOfContact={page.outOfContact}
                mistake={mistake}
                onChange={change}
              >
                <ColumnChooser
                  chosen={chosen}
                  onChange={(columns) => change({ columns: columns.join(',') }, true)}
                />
              </Filters>
            )}
            <RunTable
              runs={page.runs}
              chosen={chosen}
              sort={filter.sort}
              onSort={(sort) => change({ sort })}
            />
            {page.runs.length === 0 &&
              mistake === undefined &&
              (filtered ? <NoMatch q={narrowed ? undefined : q} onClear={clear} /> : <FirstRun />)}
            <div className={css.foot}>
              <Pages next={page.nextCursor} first={!filter.cursor} newer={newer} older={older} />
              {page.runs.length > 0 && (
                <span className="dim num">{said.shown(page.runs.length, matching(page))}</span>
              )}
              <span className="grow" />
              {result.dataUpdatedAt > 0 && <Updated at={result.dataUpdatedAt} />}
            </div>
            {!filtered && totalOf(page) <= FEW && mayWrite && <Examples />}
          </>
        )}
      </With>
    </>
  )
}
