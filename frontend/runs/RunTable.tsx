import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Run } from '~/api/client.ts'
import { curvesQuery } from '~/api/queries/runs.ts'
import { runsTexts } from '~/texts/runs.ts'
import { useComfortable } from '~/ui/density.ts'
import { useParams } from '~/ui/params.ts'
import { BulkBar } from './BulkBar.tsx'
import { columnsOf } from './columns.ts'
import { ErrorDialog } from './ErrorDialog.tsx'
import { hasError } from './facts.ts'
import { RunHead, type Sorting } from './RunHead.tsx'
import { RunRow } from './RunRow.tsx'
import css from './RunTable.module.css'
import { useRowKeys } from './rowKeys.ts'
import { NONE_TICKED, type Ticked, tick, tickAll } from './selecting.ts'

function toggled(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(ids)
  if (!next.delete(id)) next.add(id)
  return next
}

const toggledIn = (id: string) => (before: ReadonlySet<string>) => toggled(before, id)
const added = (id: string) => (before: ReadonlySet<string>) => new Set(before).add(id)

/** Ticked rows, and the ways to tick one, a range and all. */
function useTicks(ids: string[]) {
  const [ticked, setTicked] = useState<Ticked>(NONE_TICKED)
  const count = ids.filter((id) => ticked.ids.has(id)).length
  return {
    has: (id: string) => ticked.ids.has(id),
    all: count === 0 ? 'none' : count === ids.length ? 'all' : 'some',
    tick: (id: string, range = false) => setTicked((before) => tick(before, ids, id, range)),
    tickAll: () => setTicked((before) => tickAll(before, ids)),
    clear: () => setTicked(NONE_TICKED),
  } as const
}

/** The run whose error is open: the address says which, so that it can be passed on. */
function useViewed(runs: Run[]) {
  const { values, change } = useParams()
  const asked = values.get('error')
  // The run itself, not its id: it may leave the page of the list while it is looked at.
  const [last, setLast] = useState<Run | null>(null)
  const found = runs.find(({ id }) => id === asked)
  if (found && found !== last) setLast(found)
  const viewed = asked === null ? null : (found ?? (last?.id === asked ? last : null))
  const failures = runs.filter(hasError)
  const at = failures.findIndex(({ id }) => id === viewed?.id)
  const view = (run: Run | null | undefined) => change({ error: run?.id ?? null })
  return { viewed, view, newer: failures[at - 1], older: at < 0 ? undefined : failures[at + 1] }
}

/** So many chosen columns fit beside the others in a window for the whole list. */
const FIT = 2

const widthOf = ({ length }: string[]) =>
  length === 0 ? undefined : length > FIT ? css.scrolling : css.scrollingSmall

type RunTableProps = Sorting & { runs: Run[]; chosen: string[] }

/** Runs in rows, with their actions; an open error stays open when its row leaves the list. */
export function RunTable({ runs, chosen, sort, onSort }: RunTableProps) {
  const curves = useQuery(curvesQuery(runs)).data?.curves
  const columns = columnsOf(runs, curves, chosen)
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const ticks = useTicks(runs.map(({ id }) => id))
  useRowKeys(ticks.tick)
  const [comfortable] = useComfortable()
  const { viewed, view, newer, older } = useViewed(runs)
  return (
    <>
      {runs.length > 0 && (
        <div className={widthOf(chosen)}>
          <table className={`table ${css.table} ${comfortable ? css.comfortable : ''}`}>
            <caption className="hidden">{runsTexts.caption}</caption>
            <RunHead
              columns={columns}
              sort={sort}
              onSort={onSort}
              all={ticks.all}
              onAll={ticks.tickAll}
            />
            <tbody>
              {runs.map((run, place) => (
                <RunRow
                  key={run.id}
                  run={run}
                  place={place}
                  columns={columns}
                  curve={curves?.[run.id]}
                  open={open.has(run.id)}
                  selected={ticks.has(run.id)}
                  onToggle={() => setOpen(toggledIn(run.id))}
                  onFound={() => setOpen(added(run.id))}
                  onSelect={(range) => ticks.tick(run.id, range)}
                  onView={() => view(run)}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <BulkBar runs={runs.filter(({ id }) => ticks.has(id))} onClear={ticks.clear} />
      {viewed && (
        <ErrorDialog
          run={viewed}
          onNewer={newer && (() => view(newer))}
          onOlder={older && (() => view(older))}
          onClose={() => view(null)}
        />
      )}
    </>
  )
}
