import { useId } from 'react'
import { Link } from 'wouter'
import type { Run } from '~/api/client.ts'
import { AnsiText } from '~/log/AnsiText.tsx'
import { paths } from '~/paths.ts'
import { runTexts } from '~/texts/run.ts'
import { bulkTexts, runsTexts } from '~/texts/runs.ts'
import {
  formatAgo,
  formatCount,
  formatDateTime,
  formatElapsed,
  formatLoss,
  NONE,
  shortModel,
} from '~/ui/format.ts'
import { useNow } from '~/ui/now.ts'
import { UntilFound, useCollapsedError } from './CollapsedError.tsx'
import { ErrorText } from './ErrorText.tsx'
import { Flags } from './Flags.tsx'
import { calledOf, hasError, nameOf } from './facts.ts'
import css from './RunTable.module.css'
import { Spark } from './Spark.tsx'
import { StatusBadge } from './StatusBadge.tsx'
import { WhyCell } from './WhyCell.tsx'

const COLUMNS = 8

function Started({ time }: { time: string }) {
  const ago = formatAgo(time, useNow())
  return (
    <time dateTime={time} title={formatDateTime(time)}>
      {ago}
    </time>
  )
}

function Duration({ run }: { run: Run }) {
  return formatElapsed(run, useNow())
}

type SelectProps = { run: Run; selected: boolean; onSelect: () => void }

function Select({ run, selected, onSelect }: SelectProps) {
  return (
    <label className={css.select}>
      <input
        type="checkbox"
        aria-label={bulkTexts.select(nameOf(run))}
        checked={selected}
        onChange={onSelect}
      />
    </label>
  )
}

/** The full error in a row of its own: open, or closed and still found by the browser's search. */
function ErrorRow({ run, place, open, id, onFound }: ErrorRowProps) {
  const text = useCollapsedError(run, place)
  if (!open && text === undefined) return null
  return (
    <tr className={open ? css.detail : css.closed} aria-hidden={!open}>
      <td colSpan={COLUMNS}>
        <UntilFound open={open} onFound={onFound}>
          {open ? (
            <div id={id}>
              <ErrorText id={run.id} attempt={run.attempt} label={runTexts.errorOf(nameOf(run))} />
            </div>
          ) : (
            <pre className={css.found}>{text}</pre>
          )}
        </UntilFound>
      </td>
    </tr>
  )
}

type ErrorRowProps = { run: Run; place: number; open: boolean; id: string; onFound: () => void }

type RunRowProps = {
  run: Run
  place: number
  curve: (number | null)[] | undefined
  open: boolean
  selected: boolean
  onToggle: () => void
  onFound: () => void
  onSelect: () => void
  onView: () => void
}

/** One run; when expanded, its full error is in the row below. */
export function RunRow(props: RunRowProps) {
  const { run, place, curve, open, selected, onToggle, onFound, onSelect, onView } = props
  const detailId = useId()
  const called = calledOf(run)
  return (
    <>
      <tr className={open ? css.open : undefined}>
        <th scope="row" className={css.run}>
          <Select run={run} selected={selected} onSelect={onSelect} />
          <Link
            href={paths.run(run.id)}
            className={run.name ? css.name : called ? css.command : css.onlyId}
            title={called ?? undefined}
          >
            {called ? <AnsiText text={called} /> : run.id}
          </Link>
          {called && <span className={css.id}>{run.id}</span>}
          {run.attempt > 1 && <span className={css.id}>{runTexts.attempt(run.attempt)}</span>}
        </th>
        <td className={css.status}>
          <StatusBadge status={run.status} />
        </td>
        <td className={css.why}>
          <WhyCell run={run} controls={{ open, detailId, toggle: onToggle, view: onView }} />
          <Flags run={run} />
        </td>
        <td className={css.model}>
          {run.baseModel ? (
            <Link
              href={paths.runs({ model: run.baseModel })}
              title={runsTexts.ofModel(run.baseModel)}
            >
              {shortModel(run.baseModel)}
            </Link>
          ) : (
            NONE
          )}
        </td>
        <td className={`${css.number} ${css.samples} ${run.datasetSize === null ? css.none : ''}`}>
          {formatCount(run.datasetSize)}
        </td>
        <td className={`${css.number} ${css.loss} ${run.finalLoss === null ? css.none : ''}`}>
          {formatLoss(run.finalLoss)}
          <Spark values={curve} />
        </td>
        <td className={css.when}>{run.startedAt ? <Started time={run.startedAt} /> : NONE}</td>
        <td className={`${css.number} ${css.took}`}>
          <Duration run={run} />
        </td>
      </tr>
      {hasError(run) && (
        <ErrorRow run={run} place={place} open={open} id={detailId} onFound={onFound} />
      )}
    </>
  )
}
