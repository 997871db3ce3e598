import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Run } from '~/api/client.ts'
import { curvesQuery } from '~/api/queries/runs.ts'
import { runsTexts } from '~/texts/runs.ts'
import { BulkBar } from './BulkBar.tsx'
import { ErrorDialog } from './ErrorDialog.tsx'
import { RunHead, type Sorting } from './RunHead.tsx'
import { RunRow } from './RunRow.tsx'
import css from './RunTable.module.css'

function toggled(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(ids)
  if (!next.delete(id)) next.add(id)
  return next
}

const toggledIn = (id: string) => (before: ReadonlySet<string>) => toggled(before, id)
const added = (id: string) => (before: ReadonlySet<string>) => new Set(before).add(id)

/** Runs in rows, with their actions; an open error stays open when its row leaves the list. */
export function RunTable({ runs, sort, onSort }: Sorting & { runs: Run[] }) {
  const curves = useQuery(curvesQuery(runs)).data?.curves
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  // The run itself, not its id: it may leave the page of the list while it is looked at.
  const [viewed, setViewed] = useState<Run | null>(null)
  return (
    <>
      {runs.length > 0 && (
        <table className={css.table}>
          <caption className="hidden">{runsTexts.caption}</caption>
          <RunHead sort={sort} onSort={onSort} />
          <tbody>
            {runs.map((run, place) => (
              <RunRow
                key={run.id}
                run={run}
                place={place}
                curve={curves?.[run.id]}
                open={open.has(run.id)}
                selected={selected.has(run.id)}
                onToggle={() => setOpen(toggledIn(run.id))}
                onFound={() => setOpen(added(run.id))}
                onSelect={() => setSelected(toggledIn(run.id))}
                onView={() => setViewed(run)}
              />
            ))}
          </tbody>
        </table>
      )}
      <BulkBar
        runs={runs.filter(({ id }) => selected.has(id))}
        onClear={() => setSelected(new Set())}
      />
      {viewed && <ErrorDialog run={viewed} onClose={() => setViewed(null)} />}
    </>
  )
}
