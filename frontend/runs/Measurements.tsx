import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Resource, RunDetail } from '~/api/client.ts'
import { metricsQuery } from '~/api/queries/attempts.ts'
import { isFinal } from '~/api/queries/runs.ts'
import { type Axis, axisOf, type Curves, curveOf, otherKeys } from '~/charts/curves.ts'
import { LazyChart } from '~/charts/LazyChart.tsx'
import { resourceCurves } from '~/charts/resources.ts'
import { chartTexts as said } from '~/texts/charts.ts'
import { formatBytes, formatClock, formatLoss, formatPercent, formatShort } from '~/ui/format.ts'
import css from './Measurements.module.css'

type Chosen = {
  title: string
  data: Curves
  formatY: (y: number) => string
  formatTick?: (y: number) => string
}

const exponential = (value: number) => (value === 0 ? '0' : value.toExponential(1))

/** The curves a training is judged by, as far as it measured them, then its other numbers. */
function trainingCharts(metrics: Record<string, unknown>[], axis: Axis): Chosen[] {
  const others = otherKeys(metrics).map((key) => ({
    title: key,
    data: curveOf(metrics, key, key, axis),
    formatY: formatShort,
  }))
  const charts = [
    {
      title: said.loss,
      data: curveOf(metrics, 'loss', said.loss, axis),
      formatY: formatLoss,
      formatTick: formatShort,
    },
    {
      title: said.evalLoss,
      data: curveOf(metrics, 'evalLoss', said.evalLoss, axis),
      formatY: formatLoss,
      formatTick: formatShort,
    },
    {
      title: said.rate,
      data: curveOf(metrics, 'learningRate', said.rate, axis),
      formatY: exponential,
    },
    { title: said.norm, data: curveOf(metrics, 'gradNorm', said.norm, axis), formatY: formatShort },
    ...others,
  ]
  return charts.flatMap(({ data, ...rest }) => (data ? [{ ...rest, data }] : []))
}

const resourceLook = {
  cpu: { title: said.cpu, formatY: formatPercent },
  memory: { title: said.memory, formatY: formatBytes },
  gpu: { title: said.gpu, formatY: formatPercent },
  gpuMemory: { title: said.gpuMemory, formatY: formatBytes },
} as const

function ResourceCharts({ resources }: { resources: Resource[] }) {
  const charts = useMemo(() => resourceCurves(resources), [resources])
  if (charts.length === 0) return null
  return (
    <section aria-labelledby="resources">
      <h2 id="resources" className={css.heading}>
        {said.resources}
      </h2>
      <div className={css.charts}>
        {charts.map(({ kind, data }) => (
          <LazyChart
            key={kind}
            {...resourceLook[kind]}
            xName={said.time}
            data={data}
            formatX={formatClock}
          />
        ))}
      </div>
    </section>
  )
}

type MeasurementsProps = { run: RunDetail; attempt: number }

/** The metrics of an attempt, and the resources it used. */
export function Measurements({ run, attempt }: MeasurementsProps) {
  const growing = !isFinal(run) && attempt === run.attempt
  const { data } = useQuery(metricsQuery({ id: run.id, attempt }, growing))
  const metrics = data?.metrics
  const axis = useMemo(() => axisOf(metrics ?? []), [metrics])
  const charts = useMemo(() => (metrics ? trainingCharts(metrics, axis) : []), [metrics, axis])
  return (
    <>
      {charts.length > 0 && (
        <section aria-labelledby="curves">
          <h2 id="curves" className={css.heading}>
            {said.metrics}
          </h2>
          <div className={css.charts}>
            {charts.map((chart) => (
              <LazyChart
                key={chart.title}
                {...chart}
                xName={said.axes[axis]}
                {...(axis === 'epoch' ? { formatX: formatShort, whole: false } : {})}
              />
            ))}
          </div>
        </section>
      )}
      {data && data.skippedBytes > 0 && <p className="faint">{said.skipped(data.skippedBytes)}</p>}
      {data?.resources && <ResourceCharts resources={data.resources} />}
    </>
  )
}
