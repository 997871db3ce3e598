import { chartTexts as said } from '~/texts/charts.ts'
import { ChartBar } from './ChartBar.tsx'
import type { Axis } from './curves.ts'
import { LazyChart } from './LazyChart.tsx'
import css from './MetricCharts.module.css'
import { type MetricChart, X_OF } from './metrics.ts'
import { useChartView } from './view.ts'

type MetricChartsProps = { axes: Axis[]; chartsOn: (axis: Axis) => MetricChart[] }

/** Charts with one axis, one crosshair and one zoom, and the bar that sets them. */
export function MetricCharts({ axes, chartsOn }: MetricChartsProps) {
  const view = useChartView()
  const axis = axes.find((each) => each === view.axis) ?? axes[0] ?? 'count'
  return (
    <>
      <ChartBar axes={axes} axis={axis} view={view} />
      <div className={css.charts}>
        {chartsOn(axis).map((chart) => (
          <LazyChart
            key={chart.title}
            smooth={view.smooth}
            {...chart}
            xName={said.axes[axis]}
            x={X_OF[axis]}
            group="metrics"
            zoom={view.zoom}
            onZoom={view.setZoom}
          />
        ))}
      </div>
    </>
  )
}
