import { type ReactNode, useEffect, useRef } from 'react'
import type { RunPage, RunStatus } from '~/api/client.ts'
import type { RunsFilter } from '~/paths.ts'
import { runsTexts as said } from '~/texts/runs.ts'
import { formatCount } from '~/ui/format.ts'
import { useShortcuts } from '~/ui/shortcuts.ts'
import css from './Filters.module.css'
import { flagName } from './facts.ts'
import { StatusBadge } from './StatusBadge.tsx'

const ALWAYS: ReadonlySet<string> = new Set(['running', 'failed', 'completed'])
const ORDER: RunStatus[] = ['running', 'queued', 'failed', 'completed', 'cancelled', 'lost']

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

const SETTLED_MS = 250

/** Searches when typing pauses; not controlled, so that no answer can overwrite what is typed. */
function Search({ q, onSearch }: { q: string; onSearch: (q: string) => void }) {
  const input = useRef<HTMLInputElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => {
    const field = input.current
    if (field && field.value.trim() !== q) field.value = q
    return () => clearTimeout(timer.current)
  }, [q])
  useShortcuts({ '/': () => input.current?.focus() })
  return (
    <input
      ref={input}
      type="search"
      className={css.search}
      aria-label={said.search}
      placeholder={said.search}
      defaultValue={q}
      onChange={({ currentTarget }) => {
        clearTimeout(timer.current)
        timer.current = setTimeout(() => onSearch(currentTarget.value.trim()), SETTLED_MS)
      }}
    />
  )
}

type FiltersProps = {
  filter: RunsFilter
  counts: RunPage['counts'] | undefined
  onChange: (part: RunsFilter, replace?: boolean) => void
}

export function Filters({ filter, counts = {}, onChange }: FiltersProps) {
  const count = (status: RunStatus) => counts[status] ?? 0
  const total = ORDER.reduce((sum, status) => sum + count(status), 0)
  const shown = ORDER.filter(
    (status) => ALWAYS.has(status) || count(status) > 0 || filter.status === status,
  )
  return (
    <div className={css.filters}>
      <fieldset className={css.chips} aria-label={said.filters}>
        <Chip
          pressed={!filter.status}
          count={total}
          onPress={() => onChange({ status: undefined })}
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
          {said.errorFilter} <code>{filter.fingerprint.slice(0, 8)}</code>
        </Narrowed>
      )}
      {filter.flag && (
        <Narrowed onClear={() => onChange({ flag: undefined })}>
          {said.flagFilter} {flagName(filter.flag)}
        </Narrowed>
      )}
      <span className="grow" />
      <Search q={filter.q ?? ''} onSearch={(q) => onChange({ q }, true)} />
    </div>
  )
}
