import { useState } from 'react'
import { Link } from 'wouter'
import { AnsiText } from '~/log/AnsiText.tsx'
import { paths } from '~/paths.ts'
import { StatusBadge } from '~/runs/StatusBadge.tsx'
import { storageTexts as said } from '~/texts/system.ts'
import { formatBytes, formatDay, NONE } from '~/ui/format.ts'
import { canGo, DeleteRuns, type Size } from './DeleteRuns.tsx'
import css from './Storage.module.css'

type RowProps = { run: Size; most: number; ticked: boolean; onTick: () => void }

function Row({ run, most, ticked, onTick }: RowProps) {
  const { id, bytes, name, status, finishedAt } = run
  return (
    <tr>
      <td className={css.tick}>
        <label>
          <input
            type="checkbox"
            aria-label={said.select(name ?? id)}
            checked={ticked}
            disabled={!canGo(run)}
            onChange={onTick}
          />
        </label>
      </td>
      <th scope="row" className={css.run}>
        <Link href={paths.run(id)} title={id}>
          <AnsiText text={name ?? id} />
        </Link>
      </th>
      <td className={css.status}>
        {status ? (
          <StatusBadge status={status} />
        ) : (
          <span className="faint">{said.onlyFolder}</span>
        )}
      </td>
      <td className={css.finished}>{finishedAt ? formatDay(finishedAt) : NONE}</td>
      <td className={css.size}>{formatBytes(bytes)}</td>
      <td className={css.track} aria-hidden="true">
        <span style={{ width: `${(100 * bytes) / most}%` }} />
      </td>
    </tr>
  )
}

/** The runs that use most of the disk, to be ticked and deleted. */
export function StorageRuns({ runs }: { runs: Size[] }) {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  const ticked = runs.filter((run) => ids.has(run.id) && canGo(run))
  const all = runs.filter(canGo)
  const toggle = (id: string) => {
    const next = new Set(ids)
    if (!next.delete(id)) next.add(id)
    setIds(next)
  }
  const most = Math.max(1, ...runs.map(({ bytes }) => bytes))
  return (
    <>
      <div className={css.bar}>
        <h3>{said.largest}</h3>
        <DeleteRuns runs={runs} ticked={ticked} onDone={() => setIds(new Set())} />
      </div>
      <table className={`table ${css.runs}`}>
        <caption className="hidden">{said.largest}</caption>
        <thead>
          <tr>
            <td className={css.tick}>
              <label>
                <input
                  type="checkbox"
                  aria-label={said.selectAll}
                  checked={all.length > 0 && ticked.length === all.length}
                  disabled={all.length === 0}
                  onChange={({ currentTarget }) =>
                    setIds(new Set(currentTarget.checked ? all.map(({ id }) => id) : []))
                  }
                />
              </label>
            </td>
            <th scope="col">{said.columns.run}</th>
            <th scope="col" className={css.status}>
              {said.columns.status}
            </th>
            <th scope="col" className={css.finished}>
              {said.columns.finished}
            </th>
            <th scope="col">{said.columns.size}</th>
            <td className={css.track} />
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <Row
              key={run.id}
              run={run}
              most={most}
              ticked={ids.has(run.id)}
              onTick={() => toggle(run.id)}
            />
          ))}
        </tbody>
      </table>
    </>
  )
}
