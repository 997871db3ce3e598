import { useQuery } from '@tanstack/react-query'
import { useEffect, useId, useState } from 'react'
import { Link } from 'wouter'
import type { GroupPage } from '~/api/client.ts'
import { type GroupSort, groupsQuery } from '~/api/queries/groups.ts'
import { paths } from '~/paths.ts'
import { useMayWrite } from '~/people/me.ts'
import { errorsTexts as said } from '~/texts/errors.ts'
import { formatCount } from '~/ui/format.ts'
import { useParams } from '~/ui/params.ts'
import { With } from '~/ui/States.tsx'
import { Title } from '~/ui/Title.tsx'
import { DropLogs } from './DropLogs.tsx'
import css from './Errors.module.css'
import { GroupRow } from './GroupRow.tsx'

const STATES = ['open', 'resolved', 'all'] as const
const SORTS = ['last', 'count', 'lost'] as const
const SETTLED_MS = 200

type State = (typeof STATES)[number]

/** What of the errors is shown, kept in the address; a change begins again on the first page. */
function useWanted() {
  const { values, change } = useParams()
  const state = STATES.find((each) => each === values.get('state')) ?? 'open'
  const sort = SORTS.find((each) => each === values.get('sort')) ?? 'last'
  return {
    q: values.get('q') ?? '',
    state,
    sort,
    cursor: values.get('cursor') ?? undefined,
    change: (parts: Record<string, string | null>) => change({ cursor: null, ...parts }),
  }
}

type Wanted = ReturnType<typeof useWanted>

/** Asks once typing pauses. */
function Search({ q, change }: Pick<Wanted, 'q' | 'change'>) {
  const [typed, setTyped] = useState(q)
  const [asked, setAsked] = useState(q)
  if (q !== asked) {
    setAsked(q)
    if (q === '') setTyped('') // cleared by another button
  }
  useEffect(() => {
    if (typed === q) return
    const timer = setTimeout(() => change({ q: typed || null }), SETTLED_MS)
    return () => clearTimeout(timer)
  })
  return (
    <input
      type="search"
      className={css.search}
      aria-label={said.search}
      placeholder={said.search}
      value={typed}
      onChange={({ currentTarget }) => setTyped(currentTarget.value)}
    />
  )
}

function Bar({ wanted, counts }: { wanted: Wanted; counts: GroupPage['counts'] }) {
  const { state, sort, change } = wanted
  const of: Record<State, number> = { ...counts, all: counts.open + counts.resolved }
  return (
    <div className={css.bar}>
      <Search q={wanted.q} change={change} />
      <fieldset className={`row ${css.filters}`} aria-label={said.filter}>
        {STATES.map((each) => (
          <button
            key={each}
            type="button"
            className="btn"
            aria-pressed={each === state}
            onClick={() => change({ state: each === 'open' ? null : each })}
          >
            {said.filters[each]} <span className="faint num">{formatCount(of[each])}</span>
          </button>
        ))}
      </fieldset>
      <label className={css.sort}>
        {said.sort}{' '}
        <select
          value={sort}
          onChange={({ currentTarget }) => change({ sort: currentTarget.value })}
        >
          {SORTS.map((each) => (
            <option key={each} value={each}>
              {said.sorts[each]}
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}

type HeadProps = { sort: GroupSort; onSort: (sort: GroupSort) => void }

function Head({ sort, onSort }: HeadProps) {
  const sorted = (by: GroupSort, label: string) => (
    <th scope="col" aria-sort={by === sort ? 'descending' : undefined}>
      <button type="button" onClick={() => onSort(by)}>
        {label}
        {by === sort && <span aria-hidden="true"> ↓</span>}
      </button>
    </th>
  )
  return (
    <thead>
      <tr>
        <th scope="col">{said.columns.error}</th>
        <th scope="col">{said.columns.trend}</th>
        {sorted('count', said.columns.runs)}
        {sorted('lost', said.columns.lost)}
        {sorted('last', said.columns.last)}
        <th scope="col">{said.columns.owner}</th>
      </tr>
    </thead>
  )
}

function Table({ groups, sort, onSort }: HeadProps & Pick<GroupPage, 'groups'>) {
  const owners = useId()
  const known = Array.from(new Set(groups.map(({ owner }) => owner).filter(Boolean)))
  return (
    <>
      <table className={`table ${css.table}`}>
        <caption className="hidden">{said.caption}</caption>
        <Head sort={sort} onSort={onSort} />
        <tbody>
          {groups.map((group) => (
            <GroupRow key={group.fingerprint} group={group} owners={owners} />
          ))}
        </tbody>
      </table>
      <datalist id={owners}>
        {known.map((owner) => (
          <option key={owner} value={owner} />
        ))}
      </datalist>
    </>
  )
}

function Pages({ next, wanted }: { next: string | null; wanted: Wanted }) {
  const { q, state, sort, cursor } = wanted
  if (cursor === undefined && next === null) return null
  const at = (to?: string) => paths.errors({ q, state, sort, cursor: to })
  return (
    <nav className={css.foot} aria-label={said.pages}>
      {cursor !== undefined && <Link href={at()}>{said.toFirst}</Link>}
      {next !== null && <Link href={at(next)}>{said.more}</Link>}
    </nav>
  )
}

/** Why there is no error to show: none at all, none that is open, or none that matches. */
function None({ wanted, counts }: { wanted: Wanted; counts: GroupPage['counts'] }) {
  if (wanted.q) {
    return (
      <p className={css.none}>
        {said.noMatch(wanted.q)}{' '}
        <button type="button" className="link" onClick={() => wanted.change({ q: null })}>
          {said.clear}
        </button>
      </p>
    )
  }
  const some = counts.open + counts.resolved > 0
  return <p className={css.none}>{some ? said.noneOf[wanted.state] : said.none}</p>
}

/** Errors grouped across runs: searched, sorted, assigned, and resolved. */
export function ErrorsPage() {
  const mayWrite = useMayWrite()
  const wanted = useWanted()
  const { q, state, sort, cursor } = wanted
  const asked = { q, state: state === 'all' ? ('' as const) : state, sort, cursor }
  return (
    <>
      <Title text={said.title} />
      <With result={useQuery(groupsQuery(asked))}>
        {({ groups, nextCursor, counts }) => (
          <>
            <h1>{said.title}</h1>
            <p className={css.explain}>{said.explain}</p>
            {(q !== '' || counts.open + counts.resolved > 0) && (
              <Bar wanted={wanted} counts={counts} />
            )}
            {groups.length === 0 && <None wanted={wanted} counts={counts} />}
            {groups.length > 0 && (
              <Table groups={groups} sort={sort} onSort={(to) => wanted.change({ sort: to })} />
            )}
            <Pages next={nextCursor} wanted={wanted} />
            {mayWrite && <DropLogs />}
          </>
        )}
      </With>
    </>
  )
}
