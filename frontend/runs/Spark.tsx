import { useMemo } from 'react'
import { sparkPath } from '~/charts/curves.ts'
import css from './Spark.module.css'

const WIDTH = 84
const HEIGHT = 20

/** The loss of a run as a sparkline; the number beside it is the final loss. */
export function Spark({ values }: { values: (number | null)[] | undefined }) {
  const path = useMemo(() => sparkPath(values ?? [], WIDTH, HEIGHT), [values])
  if (path === '') return null
  return (
    <svg className={css.spark} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path d={path} />
    </svg>
  )
}
