import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { Resource, RunDetail } from '~/api/client.ts'
import { metricsQuery } from '~/api/queries/attempts.ts'
import { isFinal } from '~/api/queries/runs.ts'
import { ZoomReset } from '~/charts/ChartBar.tsx'
import { type Axis, axesOf, type Measured } from '~/charts/curves.ts'
import { LazyChart } from '~/charts/LazyChart.tsx'
import { MetricCharts } from '~/charts/MetricCharts.tsx'
import { chartsOfRun } from '~/charts/metrics.ts'
import type { Zoom } from '~/charts/plot.ts'
import { resourceCurves } from '~/charts/resources.ts'
import { bytesTick, percentTick } from '~/charts/ticks.ts'
import { chartTexts as said } from '~/texts/charts.ts'
import { formatBytes, formatPercent } from '~/ui/format.ts'
import css from './Measurements.module.css'

const percent = { formatY: formatPercent, formatTick: percentTick }
const bytes = { formatY: formatBytes, formatTick: bytesTick }
const resourceLook = {
  cpu: { title: said.cpu, ...percent },
  memory: { title: said.memory, ...bytes },
  gpu: { title: said.gpu, ...percent },
  gpuMemory: { title: said.gpuMemory, ...bytes },
} as const

function ResourceCharts({ resources }: { resources: Resource[] }) {
  const charts = useMemo(() => resourceCurves(resources), [resources])
  const [zoom, setZoom] = useState<Zoom | null>(null)
  if (charts.length === 0) return null
  return (
    <section aria-labelledby="resources">
      <div className={css.head}>
        <h2 id="resources">{said.resources}</h2>
        <ZoomReset zoom={zoom} onZoom={setZoom} />
      </div>
      <div className={css.charts}>
        {charts.map(({ kind, data }) => (
          <LazyChart
            key={kind}
            {...resourceLook[kind]}
            xName={said.time}
            x="clock"
            data={data}
            group="resources"
            zoom={zoom}
            onZoom={setZoom}
          />
        ))}
      </div>
    </section>
  )
}

function TrainingCharts({ metrics }: { metrics: Measured[] }) {
  const axes = useMemo(() => axesOf(metrics), [metrics])
  const charts = useMemo(() => {
    const made = new Map<Axis, ReturnType<typeof chartsOfRun>>()
    return (axis: Axis) => {
      const found = made.get(axis) ?? chartsOfRun(metrics, axis)
      made.set(axis, found)
      return found
    }
  }, [metrics])
  if (axes[0] === undefined || charts(axes[0]).length === 0) return null
  return (
    <section aria-labelledby="curves">
      <div className={css.head}>
        <h2 id="curves">{said.metrics}</h2>
      </div>
      <MetricCharts axes={axes} chartsOn={charts} />
    </section>
  )
}

/** Room for the charts that will come, so that what stands below them does not move. */
function Reserved({ run }: { run: RunDetail }) {
  const rows = [run.finalLoss !== null, (run.seconds ?? 0) >= 2].filter(Boolean).length
  return Array.from({ length: rows }, (_, row) => row).map((row) => (
    <div key={row} className={css.reserved} />
  ))
}

type MeasurementsProps = { run: RunDetail; attempt: number }

/** The metrics of an attempt, and the resources it used. */
export function Measurements({ run, attempt }: MeasurementsProps) {
  const growing = !isFinal(run) && attempt === run.attempt
  const { data, isPending } = useQuery(metricsQuery({ id: run.id, attempt }, growing))
  if (isPending) return <Reserved run={run} />
  if (!data) return null
  return (
    <>
      <TrainingCharts metrics={data.metrics} />
      {data.skippedBytes > 0 && <p className="faint">{said.skipped(data.skippedBytes)}</p>}
      <ResourceCharts resources={data.resources} />
    </>
  )
}
