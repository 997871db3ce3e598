import { lazy, Suspense } from 'react'
import css from './LazyChart.module.css'

const Chart = lazy(() => import('./Chart.tsx'))

/** A chart whose code is loaded with the first one shown; its space is reserved until then. */
export function LazyChart(props: Parameters<typeof Chart>[0]) {
  return (
    <Suspense fallback={<div className={css.place} />}>
      <Chart {...props} />
    </Suspense>
  )
}
