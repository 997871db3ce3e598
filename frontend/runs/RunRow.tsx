import { useId } from 'react'
import { Link, useLocation } from 'wouter'
import type { Run } from '~/api/client.ts'
import { Chips, Star } from '~/labels/Labels.tsx'
import { AnsiText } from '~/log/AnsiText.tsx'
import { paths } from '~/paths.ts'
import { factTexts, runTexts } from '~/texts/run.ts'
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
import { useKnownNow, useNow } from '~/ui/now.ts'
import { UntilFound, useCollapsedError } from './CollapsedError.tsx'
import { type Columns, cellOf, countOf, lossOf } from './columns.ts'
import { CopyErrorButton, CopyReportButton } from './ErrorDialog.tsx'
import { ErrorText } from './ErrorText.tsx'
import { Flags } from './Flags.tsx'
import { calledOf, hasError, nameOf } from './facts.ts'
import css from './RunTable.module.css'
import { Spark } from './Spark.tsx'
import { StatusBadge } from './StatusBadge.tsx'
import { WhyCell } from './WhyCell.tsx'

function Started({ time }: { time: string }) {
  const ago = formatAgo(time, useNow())
  return (
    <time dateTime={time} title={formatDateTime(time)}>
      {ago}
    </time>
  )
}

function Duration({ run }: { run: Run }) {
  return formatElapsed(run, useKnownNow())
}

type SelectProps = { run: Run; selected: boolean; onSelect: (range: boolean) => void }

function Select({ run, selected, onSelect }: SelectProps) {
  return (
    <label className={css.select}>
      <input
        type="checkbox"
        aria-label={bulkTexts.select(nameOf(run))}
        checked={selected}
        onClick={({ shiftKey }) => onSelect(shiftKey)}
        readOnly
      />
    </label>
  )
}

/** The full error in a row of its own: open, or closed and still found by the browser's search. */
function ErrorRow({ run, text, open, id, columns, onFound }: ErrorRowProps) {
  if (!open && text === undefined) return null
  return (
    <tr className={open ? css.detail : css.closed} aria-hidden={!open}>
      <td colSpan={columns}>
        <UntilFound open={open} onFound={onFound}>
          {open ? (
            <div id={id}>
              <div className={css.panel}>
                <CopyErrorButton id={run.id} attempt={run.attempt} />
                <CopyReportButton id={run.id} attempt={run.attempt} />
                <Link className="btn" href={paths.run(run.id)}>
                  {runTexts.openRun}
                </Link>
              </div>
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

type ErrorRowProps = {
  run: Run
  text: string | undefined
  open: boolean
  id: string
  columns: number
  onFound: () => void
}

/** What a row is called: its name or command, its id, and its labels. */
function Called({ run }: { run: Run }) {
  const called = calledOf(run)
  return (
    <>
      <Link
        href={paths.run(run.id)}
        data-run-link
        className={run.name ? css.name : called ? css.command : css.onlyId}
        title={called ?? undefined}
      >
        {called ? <AnsiText text={called} /> : run.id}
      </Link>
      <span className={css.id}>
        <Star run={run} />
        {called && <span>{run.id}</span>}
        {run.attempt > 1 && <span>{runTexts.attempt(run.attempt)}</span>}
        <Chips run={run} />
      </span>
    </>
  )
}

function Value({ name, value }: { name: string; value: string | null }) {
  const none = value === null ? css.none : ''
  return (
    <td
      className={`${css.number} ${css.value} ${none}`}
      data-label={name}
      title={value ?? undefined}
    >
      {value ?? NONE}
    </td>
  )
}

type CellsProps = { run: Run; columns: Columns; curve: (number | null)[] | undefined }

/** The cells of the columns that only some tables have. */
function Cells({ run, columns, curve }: CellsProps) {
  const loss = lossOf(run, curve)
  return (
    <>
      {columns.model && (
        <td className={`${css.model} ${run.baseModel === null ? css.none : ''}`}>
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
      )}
      {columns.samples && (
        <td className={`${css.number} ${css.samples} ${run.datasetSize === null ? css.none : ''}`}>
          {formatCount(run.datasetSize)}
        </td>
      )}
      {columns.loss && (
        <td
          className={`${css.number} ${css.loss} ${loss === null ? css.none : ''}`}
          data-label={run.status === 'running' ? factTexts.lossSoFar : runsTexts.columns.loss}
        >
          {formatLoss(loss)}
          <Spark values={curve} />
        </td>
      )}
      {columns.chosen.map((name) => (
        <Value key={name} name={name} value={cellOf(run, name)} />
      ))}
    </>
  )
}

/** Whether a click means the row: not something in it, and not the end of a selection. */
function isOfRow({ target, defaultPrevented }: MouseEvent): boolean {
  if (defaultPrevented || !(target instanceof Element)) return false
  return !target.closest('a, button, label, input') && document.getSelection()?.type !== 'Range'
}

type RunRowProps = {
  run: Run
  place: number
  columns: Columns
  curve: (number | null)[] | undefined
  open: boolean
  selected: boolean
  onToggle: () => void
  onFound: () => void
  onSelect: (range: boolean) => void
  onView: () => void
}

/** One run; a click on it opens it. When expanded, its full error is in the row below. */
export function RunRow(props: RunRowProps) {
  const { run, place, columns, curve, open, selected, onToggle, onFound, onSelect, onView } = props
  const detailId = useId()
  const [, navigate] = useLocation()
  const text = useCollapsedError(run, place)
  return (
    <>
      <tr
        data-run={run.id}
        className={`${css.clickable} ${open ? css.open : ''}`}
        onClick={({ nativeEvent }) => {
          if (isOfRow(nativeEvent)) navigate(paths.run(run.id))
        }}
      >
        <th scope="row" className={css.run}>
          <Select run={run} selected={selected} onSelect={onSelect} />
          <Called run={run} />
        </th>
        <td className={css.status}>
          <StatusBadge status={run.status} />
        </td>
        <td className={css.why}>
          <WhyCell
            run={run}
            text={text}
            controls={{ open, detailId, toggle: onToggle, view: onView }}
          />
          <Flags run={run} />
        </td>
        <Cells run={run} columns={columns} curve={curve} />
        <td className={`${css.when} ${run.startedAt ? '' : css.none}`}>
          {run.startedAt ? <Started time={run.startedAt} /> : NONE}
        </td>
        <td className={`${css.number} ${css.took} ${run.startedAt ? '' : css.none}`}>
          <Duration run={run} />
        </td>
      </tr>
      {hasError(run) && (
        <ErrorRow
          run={run}
          text={text}
          open={open}
          id={detailId}
          columns={countOf(columns)}
          onFound={onFound}
        />
      )}
    </>
  )
}
