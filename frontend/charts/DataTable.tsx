import { useState } from 'react'
import { chartTexts } from '~/texts/charts.ts'
import css from './Chart.module.css'
import { type Curves, sampled } from './curves.ts'

type DataTableProps = {
  title: string
  xName: string
  data: Curves
  formatX: (x: number) => string
  cell: (value: number | null | undefined, lost: boolean) => string
}

/** The numbers of a chart as a table, thinned if there are very many; built when it is opened. */
export function DataTable({ title, xName, data, formatX, cell }: DataTableProps) {
  const [open, setOpen] = useState(false)
  const rows = open ? sampled(data.x.length) : []
  return (
    <details className={css.data} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{chartTexts.table}</summary>
      {rows.length < data.x.length && open && (
        <p className="faint">{chartTexts.thinned(rows.length, data.x.length)}</p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <section className={css.scroll} aria-label={chartTexts.tableOf(title)} tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{xName}</th>
              {data.curves.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((index) => (
              <tr key={index}>
                <th scope="row">{formatX(data.x[index] ?? 0)}</th>
                {data.curves.map(({ name, values, lost }) => (
                  <td key={name}>{cell(values[index], lost.includes(data.x[index] ?? 0))}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  )
}
