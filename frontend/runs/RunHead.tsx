import { useEffect, useRef } from 'react'
import { bulkTexts, runsTexts as said } from '~/texts/runs.ts'
import type { Columns } from './columns.ts'
import { directionOf, nextSort } from './query.ts'
import css from './RunTable.module.css'

export type Sorting = { sort: string | undefined; onSort: (sort: string | undefined) => void }

type SortedProps = Sorting & {
  label: string
  by: string
  className?: string | undefined
  /** The first click sorts by the largest first. */
  descending?: boolean
}

/** The head of a column that the list can be sorted by. */
function Sorted({ label, by, className, descending = false, sort, onSort }: SortedProps) {
  const direction = directionOf(sort, by)
  return (
    <th scope="col" aria-sort={direction} className={className}>
      <button
        type="button"
        className={css.sort}
        title={said.sortBy(label)}
        onClick={() => onSort(nextSort(sort, by, descending))}
      >
        {label}
        <span aria-hidden="true" className={css.direction}>
          {direction === 'ascending' ? '↑' : direction === 'descending' ? '↓' : ''}
        </span>
      </button>
    </th>
  )
}

type RunHeadProps = Sorting & {
  columns: Columns
  all: 'none' | 'some' | 'all'
  onAll: () => void
}

/** Ticks every run of the page, or none. */
function SelectAll({ all, onAll }: Pick<RunHeadProps, 'all' | 'onAll'>) {
  const box = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (box.current) box.current.indeterminate = all === 'some'
  }, [all])
  return (
    <label className={css.select}>
      <input
        ref={box}
        type="checkbox"
        aria-label={bulkTexts.selectAll}
        checked={all === 'all'}
        onChange={onAll}
      />
    </label>
  )
}

/** The heads of the columns; those that can be sorted by are buttons. */
export function RunHead({ columns, all, onAll, ...sorting }: RunHeadProps) {
  const { columns: names } = said
  return (
    <thead>
      <tr>
        <th scope="col" className={css.run}>
          <SelectAll all={all} onAll={onAll} />
          {names.run}
        </th>
        <th scope="col">{names.status}</th>
        <th scope="col">{names.cause}</th>
        {columns.model && (
          <Sorted {...sorting} label={names.model} by="model" className={css.model} />
        )}
        {columns.samples && (
          <th scope="col" className={`${css.number} ${css.samples}`}>
            {names.samples}
          </th>
        )}
        {columns.loss && (
          <Sorted
            {...sorting}
            label={names.loss}
            by="finalLoss"
            className={`${css.number} ${css.loss}`}
          />
        )}
        {columns.chosen.map((name) => (
          <Sorted
            key={name}
            {...sorting}
            label={name}
            by={name}
            className={`${css.number} ${css.value}`}
          />
        ))}
        <Sorted {...sorting} label={names.started} by="startedAt" descending />
        <Sorted
          {...sorting}
          label={names.duration}
          by="duration"
          className={css.number}
          descending
        />
      </tr>
    </thead>
  )
}
