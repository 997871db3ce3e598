import { useQuery } from '@tanstack/react-query'
import type { RunPage } from '~/api/client.ts'
import { runsQuery } from '~/api/queries/runs.ts'
import { legible } from '~/log/ansi.ts'
import { Examples } from '~/start/Examples.tsx'
import { commonTexts } from '~/texts/common.ts'
import { emptyTexts, runsTexts as said } from '~/texts/runs.ts'
import { Command } from '~/ui/Command.tsx'
import { formatAgo } from '~/ui/format.ts'
import { useNow } from '~/ui/now.ts'
import { With } from '~/ui/States.tsx'
import { Title } from '~/ui/Title.tsx'
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

const totalOf = (page: RunPage) => Object.values(page.counts).reduce((sum, count) => sum + count, 0)

/** All runs, newest first. */
export function RunsPage() {
  const { filter, change, clear, older, newer } = useFilter()
  const result = useQuery(runsQuery(filter))
  const { status, cause, model, fingerprint, flag, q } = filter
  const narrowed = Boolean(status || cause || model || fingerprint || flag)
  const filtered = narrowed || Boolean(q)
  return (
    <>
      <Title text={said.title} />
      <With result={result}>
        {(page) => (
          <>
            <h1 className="hidden">{said.title}</h1>
            {(filtered || totalOf(page) > 0) && (
              <Filters filter={filter} counts={page.counts} onChange={change} />
            )}
            <RunTable runs={page.runs} />
            {page.runs.length === 0 &&
              (filtered ? <NoMatch q={narrowed ? undefined : q} onClear={clear} /> : <FirstRun />)}
            <div className={css.foot}>
              <Pages next={page.nextCursor} first={!filter.cursor} newer={newer} older={older} />
              <span className="grow" />
              <Updated at={result.dataUpdatedAt} />
            </div>
            {!filtered && totalOf(page) <= FEW && <Examples />}
          </>
        )}
      </With>
    </>
  )
}
