import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Comparison, RunDetail } from '~/api/client.ts'
import { metricsQuery } from '~/api/queries/attempts.ts'
import { comparisonQuery, runQuery, runsQuery } from '~/api/queries/runs.ts'
import { axisOf, curveOf, overlaid } from '~/charts/curves.ts'
import { LazyChart } from '~/charts/LazyChart.tsx'
import { AnsiText } from '~/log/AnsiText.tsx'
import { chartTexts } from '~/texts/charts.ts'
import { commonTexts, statusNames } from '~/texts/common.ts'
import { compareTexts as said } from '~/texts/run.ts'
import { formatLoss, formatShort, NONE } from '~/ui/format.ts'
import { useParams } from '~/ui/params.ts'
import { CodeDiff } from './CodeDiff.tsx'
import css from './Compare.module.css'
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

type Row = { name: string; before: string | null; after: string | null }

/** Everything that differs but the code: a row each, the most suspicious first. */
function Differing({ rows, earlier }: { rows: Row[]; earlier: string }) {
  return (
    <table className={css.table}>
      <caption className="hidden">{said.caption}</caption>
      <thead>
        <tr>
          <th scope="col">{said.property}</th>
          <th scope="col">{earlier}</th>
          <th scope="col">{said.thisRun}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, before, after }) => (
          <tr key={name}>
            <th scope="row">
              <AnsiText text={name} />
            </th>
            <td>
              <AnsiText text={before ?? NONE} />
            </td>
            <td>
              <AnsiText text={after ?? NONE} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** A change of code is shown line by line below, where it is known. */
function rowsOf({ items, code, results }: Comparison): Row[] {
  const shown = new Set(code.map(({ path }) => path))
  return [...items.filter(({ kind, name }) => kind !== 'code' || !shown.has(name)), ...results]
}

function With({ run, id }: { run: RunDetail; id: string }) {
  const { data: other, error } = useQuery(runQuery(id))
  const { data: found, error: failed } = useQuery(comparisonQuery(run.id, id))
  const problem = error ?? failed
  if (problem && !(other && found)) return <p role="alert">{problem.message}</p>
  if (!other || !found) return <p className="dim">{commonTexts.loading}</p>
  const rows = rowsOf(found)
  return (
    <>
      <div className={css.both}>
        {rows.length > 0 && <Differing rows={rows} earlier={nameOf(other)} />}
        {rows.length + found.code.length === 0 && <p className="dim">{said.same}</p>}
        <BothLosses run={run} other={other} />
      </div>
      {found.code.map((file) => (
        <CodeDiff key={file.path} file={file} />
      ))}
      {found.missing.map((what) => (
        <p key={what} className="dim">
          {said.unknown(what)}
        </p>
      ))}
    </>
  )
}

/** Compares a run with an earlier one: all that was kept of both, code and loss. */
export function Compare({ run }: { run: RunDetail }) {
  const { values, change } = useParams()
  const chosen = values.get('with')
  const { data } = useQuery(runsQuery({}))
  const others = data?.runs.filter(({ id }) => id !== run.id) ?? []
  if (others.length === 0 && !chosen) return null
  return (
    <section aria-labelledby="compare">
      <div className={css.head} id="comparison">
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
