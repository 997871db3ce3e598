import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { RunPage, RunStatus } from '~/api/client.ts'
import { groupQuery } from '~/api/queries/groups.ts'
import type { RunsFilter } from '~/paths.ts'
import { runsTexts as said } from '~/texts/runs.ts'
import { formatCount } from '~/ui/format.ts'
import css from './Filters.module.css'
import { flagName } from './facts.ts'
import { QueryBar } from './QueryBar.tsx'
import { spanOf, withSpan } from './query.ts'
import { StatusBadge } from './StatusBadge.tsx'
import { Views } from './Views.tsx'

const ALWAYS: ReadonlySet<string> = new Set(['running', 'failed', 'completed'])
const ORDER: RunStatus[] = [
  'running',
  'queued',
  'failed',
  'completed',
  'cancelled',
  'lost',
  'unknown',
]

type ChipProps = { pressed: boolean; count: number; onPress: () => void; children: ReactNode }

function Chip({ pressed, count, onPress, children }: ChipProps) {
  return (
    <button type="button" className={css.chip} aria-pressed={pressed} onClick={onPress}>
      {children} <b className="num">{formatCount(count)}</b>
    </button>
  )
}

/** A filter besides the status; a click removes it. */
function Narrowed({ onClear, children }: { onClear: () => void; children: ReactNode }) {
  return (
    <button type="button" className={css.narrowed} onClick={onClear}>
      {children}
      <span aria-hidden="true">×</span>
      <span className="hidden">{said.removeFilter}</span>
    </button>
  )
}

/** What an error is called; its fingerprint says nothing to anybody, and only fills its place. */
function ErrorName({ fingerprint }: { fingerprint: string }) {
  const { data } = useQuery(groupQuery(fingerprint))
  return data ? data.title : <code>{fingerprint.slice(0, 8)}</code>
}

/** The time in which runs were started, in calendar days of the reader. */
function When({ q, onChange }: { q: string; onChange: (q: string) => void }) {
  const span = spanOf(q)
  return (
    <select
      className={css.when}
      aria-label={said.when}
      value={span}
      onChange={({ currentTarget }) => onChange(withSpan(q, currentTarget.value))}
    >
      <option value="">{said.anyTime}</option>
      {Object.entries(said.spans).map(([name, words]) => (
        <option key={name} value={name}>
          {words}
        </option>
      ))}
      {span === 'own' && <option value="own">{said.ownTime}</option>}
    </select>
  )
}

type FiltersProps = {
  filter: RunsFilter
  counts: RunPage['counts'] | undefined
  outOfContact: number
  mistake: string | undefined
  onChange: (part: RunsFilter, replace?: boolean) => void
  children?: ReactNode
}

const SILENT = 'out_of_contact'
const NEITHER = { status: undefined, flag: undefined }

export function Filters(props: FiltersProps) {
  const { filter, counts = {}, outOfContact, mistake, onChange, children } = props
  const silent = filter.flag === SILENT
  const count = (status: RunStatus) => counts[status] ?? 0
  const total = ORDER.reduce((sum, status) => sum + count(status), 0)
  const shown = ORDER.filter(
    (status) => ALWAYS.has(status) || count(status) > 0 || filter.status === status,
  )
  return (
    <div className={css.filters}>
      <div className={css.query}>
        <QueryBar q={filter.q ?? ''} mistake={mistake} onSearch={(q) => onChange({ q }, true)} />
        <When q={filter.q ?? ''} onChange={(q) => onChange({ q })} />
        {children}
      </div>
      <fieldset className={css.chips} aria-label={said.filters}>
        <Chip
          pressed={!filter.status && !silent}
          count={total}
          onPress={() => onChange(silent ? NEITHER : { status: undefined })}
        >
          {said.all}
        </Chip>
        {shown.map((status) => (
          <Chip
            key={status}
            pressed={filter.status === status}
            count={count(status)}
            onPress={() => onChange({ status })}
          >
            <StatusBadge status={status} />
          </Chip>
        ))}
        {(outOfContact > 0 || silent) && (
          <Chip
            pressed={silent}
            count={outOfContact}
            onPress={() => onChange({ flag: silent ? undefined : SILENT })}
          >
            <span className={css.silent}>{flagName(SILENT)}</span>
          </Chip>
        )}
      </fieldset>
      {filter.cause && (
        <Narrowed onClear={() => onChange({ cause: undefined })}>
          {said.causeFilter} <code>{filter.cause}</code>
        </Narrowed>
      )}
      {filter.model && (
        <Narrowed onClear={() => onChange({ model: undefined })}>
          {said.modelFilter} <code>{filter.model}</code>
        </Narrowed>
      )}
      {filter.fingerprint && (
        <Narrowed onClear={() => onChange({ fingerprint: undefined })}>
          {said.errorFilter} <ErrorName fingerprint={filter.fingerprint} />
        </Narrowed>
      )}
      {filter.flag && !silent && (
        <Narrowed onClear={() => onChange({ flag: undefined })}>
          {said.flagFilter} {flagName(filter.flag)}
        </Narrowed>
      )}
      <span className="grow" />
      <Views filter={filter} />
    </div>
  )
}
