import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { RunDetail } from '~/api/client.ts'
import { metricsQuery } from '~/api/queries/attempts.ts'
import { runQuery, runsQuery } from '~/api/queries/runs.ts'
import { axisOf, curveOf, overlaid } from '~/charts/curves.ts'
import { LazyChart } from '~/charts/LazyChart.tsx'
import { AnsiText } from '~/log/AnsiText.tsx'
import { chartTexts } from '~/texts/charts.ts'
import { commonTexts, statusNames } from '~/texts/common.ts'
import { compareTexts as said } from '~/texts/run.ts'
import { formatLoss, formatShort } from '~/ui/format.ts'
import { useParams } from '~/ui/params.ts'
import css from './Compare.module.css'
import { differences } from './differences.ts'
import { nameOf } from './facts.ts'

/** The loss of both runs over each other. */
function BothLosses({ run, other }: { run: RunDetail; other: RunDetail }) {
  const one = useQuery(metricsQuery({ id: run.id }, false)).data
  const two = useQuery(metricsQuery({ id: other.id }, false)).data
  const data = useMemo(() => {
    if (!one || !two) return null
    // Steps of one do not fit the epochs of the other.
    const own = axisOf(one.metrics)
    const axis = own === axisOf(two.metrics) ? own : 'count'
    const first = curveOf(one.metrics, 'loss', nameOf(run), axis)
    const second = curveOf(two.metrics, 'loss', nameOf(other), axis)
    return first && second ? { axis, curves: overlaid(first, second) } : null
  }, [one, two, run, other])
  if (!data) return null
  return (
    <LazyChart
      title={chartTexts.loss}
      xName={chartTexts.axes[data.axis]}
      data={data.curves}
      formatY={formatLoss}
      {...(data.axis === 'epoch' ? { formatX: formatShort, whole: false } : {})}
    />
  )
}

function Differing({ run, other }: { run: RunDetail; other: RunDetail }) {
  const rows = differences(run, other)
  if (rows.length === 0) return <p className="dim">{said.same}</p>
  return (
    <table className={css.table}>
      <caption className="hidden">{said.caption}</caption>
      <thead>
        <tr>
          <th scope="col">{said.property}</th>
          <th scope="col">{said.thisRun}</th>
          <th scope="col">{nameOf(other)}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, here, there]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>
              <AnsiText text={here} />
            </td>
            <td>
              <AnsiText text={there} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function With({ run, id }: { run: RunDetail; id: string }) {
  const { data, error } = useQuery(runQuery(id))
  if (error && !data) return <p role="alert">{error.message}</p>
  if (!data) return <p className="dim">{commonTexts.loading}</p>
  return (
    <div className={css.both}>
      <Differing run={run} other={data} />
      <BothLosses run={run} other={data} />
    </div>
  )
}

/** Compares a run with another one: parameters, results and loss. */
export function Compare({ run }: { run: RunDetail }) {
  const { values, change } = useParams()
  const chosen = values.get('with')
  const { data } = useQuery(runsQuery({}))
  const others = data?.runs.filter(({ id }) => id !== run.id) ?? []
  if (others.length === 0 && !chosen) return null
  return (
    <section aria-labelledby="compare">
      <div className={css.head}>
        <h2 id="compare">{said.title}</h2>
        <select
          aria-label={said.choose}
          value={chosen ?? ''}
          onChange={({ currentTarget }) => change({ with: currentTarget.value || null })}
        >
          <option value="">{said.choose}</option>
          {chosen && !others.some(({ id }) => id === chosen) && <option>{chosen}</option>}
          {others.map((other) => (
            <option key={other.id} value={other.id}>
              {nameOf(other)} · {statusNames[other.status]}
            </option>
          ))}
        </select>
      </div>
      {chosen && <With run={run} id={chosen} />}
    </section>
  )
}
