import { runsTexts as said } from '~/texts/runs.ts'
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

/** The heads of the columns; those that can be sorted by are buttons. */
export function RunHead(sorting: Sorting) {
  const { columns } = said
  return (
    <thead>
      <tr>
        <th scope="col" className={css.run}>
          {columns.run}
        </th>
        <th scope="col">{columns.status}</th>
        <th scope="col">{columns.cause}</th>
        <Sorted {...sorting} label={columns.model} by="model" className={css.model} />
        <th scope="col" className={`${css.number} ${css.samples}`}>
          {columns.samples}
        </th>
        <Sorted
          {...sorting}
          label={columns.loss}
          by="finalLoss"
          className={`${css.number} ${css.loss}`}
        />
        <Sorted {...sorting} label={columns.started} by="startedAt" descending />
        <Sorted
          {...sorting}
          label={columns.duration}
          by="duration"
          className={css.number}
          descending
        />
      </tr>
    </thead>
  )
}
