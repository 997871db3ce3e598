import { useId } from 'react'
import { Link } from 'wouter'
import type { Run } from '~/api/client.ts'
import { AnsiText } from '~/log/AnsiText.tsx'
import { paths } from '~/paths.ts'
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
import { texts } from '~/ui/texts.ts'
import { ErrorText } from './ErrorText.tsx'
import { nameOf } from './facts.ts'
import css from './RunTable.module.css'
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

type RunRowProps = { run: Run; open: boolean; onToggle: () => void; onView: () => void }

/** One run; opened, its whole error stands in the row below. */
export function RunRow({ run, open, onToggle, onView }: RunRowProps) {
  const detailId = useId()
  return (
    <>
      <tr className={open ? css.open : undefined}>
        <th scope="row" className={css.run}>
          <Link href={paths.run(run.id)} className={run.name ? css.name : css.onlyId}>
            {run.name ? <AnsiText text={run.name} /> : run.id}
          </Link>
          {run.name && <span className={css.id}>{run.id}</span>}
        </th>
        <td className={css.status}>
          <StatusBadge status={run.status} />
        </td>
        <td className={css.why}>
          <WhyCell run={run} controls={{ open, detailId, toggle: onToggle, view: onView }} />
        </td>
        <td className={css.model} title={run.baseModel ?? undefined}>
          {shortModel(run.baseModel)}
        </td>
        <td className={css.number}>{formatCount(run.datasetSize)}</td>
        <td className={css.number}>{formatLoss(run.finalLoss)}</td>
        <td className={css.when}>{run.startedAt ? <Started time={run.startedAt} /> : NONE}</td>
        <td className={`${css.number} ${css.took}`}>
          <Duration run={run} />
        </td>
      </tr>
      {open && (
        <tr className={css.detail} id={detailId}>
          <td colSpan={COLUMNS}>
            <ErrorText id={run.id} attempt={run.attempt} label={texts.run.errorOf(nameOf(run))} />
          </td>
        </tr>
      )}
    </>
  )
}
