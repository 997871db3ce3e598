import { useQuery } from '@tanstack/react-query'
import type { RunPage } from '~/api/client.ts'
import { runsQuery } from '~/api/queries/runs.ts'
import { Examples } from '~/start/Examples.tsx'
import { Command } from '~/ui/Command.tsx'
import { formatAgo } from '~/ui/format.ts'
import { useNow } from '~/ui/now.ts'
import { With } from '~/ui/States.tsx'
import { Title } from '~/ui/Title.tsx'
import { texts } from '~/ui/texts.ts'
import { Filters } from './Filters.tsx'
import { useFilter } from './filter.ts'
import css from './RunsPage.module.css'
import { RunTable } from './RunTable.tsx'

const said = texts.runs
const FEW = 3

/** Nothing has ever been run here. */
function FirstRun() {
  return (
    <section className={css.empty}>
      <h2>{texts.empty.title}</h2>
      <p className="dim">{texts.empty.explain}</p>
      <Command text={texts.empty.command} />
    </section>
  )
}

function NoMatch({ onClear }: { onClear: () => void }) {
  return (
    <p className={css.empty}>
      {said.noMatch}{' '}
      <button type="button" className="link" onClick={onClear}>
        {said.clearFilter}
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
        {said.newer}
      </button>
      <button
        type="button"
        className="btn"
        disabled={next === null}
        onClick={() => next !== null && older(next)}
      >
        {said.older}
      </button>
    </nav>
  )
}

const totalOf = (page: RunPage) => Object.values(page.counts).reduce((sum, count) => sum + count, 0)

/** All runs, newest first. */
export function RunsPage() {
  const { filter, change, clear, older, newer } = useFilter()
  const result = useQuery(runsQuery(filter))
  const { status, cause, model, fingerprint, q } = filter
  const filtered = Boolean(status || cause || model || fingerprint || q)
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
            {page.runs.length === 0 && (filtered ? <NoMatch onClear={clear} /> : <FirstRun />)}
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
