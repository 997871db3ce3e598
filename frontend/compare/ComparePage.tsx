import { useQueries, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useLocation, useSearch } from 'wouter'
import type { Run } from '~/api/client.ts'
import { metricsQuery } from '~/api/queries/attempts.ts'
import { runTableQuery } from '~/api/queries/compare.ts'
import { isFinal } from '~/api/queries/runs.ts'
import { type Axis, commonAxes, type Measured } from '~/charts/curves.ts'
import { MetricCharts } from '~/charts/MetricCharts.tsx'
import { chartsOfRuns } from '~/charts/metrics.ts'
import { paths } from '~/paths.ts'
import { chartTexts } from '~/texts/charts.ts'
import { MOST_COMPARED, compareTexts as said } from '~/texts/compare.ts'
import { With } from '~/ui/States.tsx'
import { Title } from '~/ui/Title.tsx'
import { CodeOfTwo } from './CodeOfTwo.tsx'
import css from './ComparePage.module.css'
import { Differences } from './Differences.tsx'
import { Errors } from './Errors.tsx'
import { labelsOf } from './labels.ts'
import { Results } from './Results.tsx'
import { RunPicker } from './RunPicker.tsx'

/** Every metric of the runs, one curve each. */
function Metrics({ runs, names }: { runs: Run[]; names: string[] }) {
  const metrics = useQueries({
    queries: runs.map((run) => metricsQuery({ id: run.id }, !isFinal(run))),
    combine: (results) => results.map(({ data }) => data?.metrics),
  })
  const known = useMemo(() => metrics.map((each): Measured[] => each ?? []), [metrics])
  const axes = useMemo(() => commonAxes(known.filter((each) => each.length > 0)), [known])
  const key = names.join('\n')
  const charts = useMemo(() => {
    const named = key.split('\n')
    const runsOf = known.map((each, at) => ({ name: named[at] ?? '', metrics: each }))
    return (axis: Axis) => chartsOfRuns(runsOf, axis)
  }, [known, key])
  if (!axes[0] || charts(axes[0]).length === 0) return null
  return (
    <section aria-labelledby="metrics">
      <h2 id="metrics" className={css.heading}>
        {chartTexts.metrics}
      </h2>
      <MetricCharts axes={axes} chartsOn={charts} />
    </section>
  )
}

const idsIn = (search: string) =>
  Array.from(new Set((new URLSearchParams(search).get('ids') ?? '').split(',').filter(Boolean)))

type HeadProps = { ids: string[]; onChange: (ids: string[]) => void }

function Head({ ids, onChange }: HeadProps) {
  return (
    <div className={css.head}>
      <h1>{ids.length > 1 ? said.titleOf(ids.length) : said.title}</h1>
      {ids.length < MOST_COMPARED ? (
        <RunPicker
          label={ids.length === 0 ? said.choose : said.addRun}
          without={ids}
          onPick={(id) => onChange([...ids, id])}
        />
      ) : (
        <span className="dim">{said.full}</span>
      )}
    </div>
  )
}

/** Two to eight runs side by side: what is different, their metrics, results and errors. */
export function ComparePage() {
  const ids = idsIn(useSearch())
  const [, navigate] = useLocation()
  const result = useQuery(runTableQuery(ids))
  const change = (next: string[]) => navigate(paths.compare(next), { replace: true })
  return (
    <>
      <Title text={said.title} />
      <Head ids={ids} onChange={change} />
      {ids.length < 2 && <p className="dim">{ids.length === 0 ? said.none : said.one}</p>}
      {ids.length > 0 && (
        <With result={result}>
          {({ runs, rows, metrics }) => {
            const names = labelsOf(runs, rows)
            const [first, second, third] = runs
            return (
              <>
                <Differences
                  runs={runs}
                  names={names}
                  rows={rows}
                  onRemove={(id) => change(ids.filter((each) => each !== id))}
                />
                <Metrics runs={runs} names={names} />
                <Results runs={runs} names={names} metrics={metrics} />
                <Errors runs={runs} names={names} />
                {first && second && !third && <CodeOfTwo earlier={first.id} later={second.id} />}
              </>
            )
          }}
        </With>
      )}
    </>
  )
}
