import { Link } from 'wouter'
import type { Group } from '~/api/client.ts'
import { AnsiText } from '~/log/AnsiText.tsx'
import { paths } from '~/paths.ts'
import { errorsTexts as said } from '~/texts/errors.ts'
import { formatAgo, formatDateTime, formatDuration } from '~/ui/format.ts'
import { useNow } from '~/ui/now.ts'
import css from './Errors.module.css'
import { FixesWorked } from './FixesWorked.tsx'
import { GroupNote } from './GroupNote.tsx'
import { GroupOwner } from './GroupOwner.tsx'
import { ResolveButton } from './ResolveButton.tsx'
import { Trend } from './Trend.tsx'

function Time({ time }: { time: string }) {
  const ago = formatAgo(time, useNow())
  return (
    <time dateTime={time} title={formatDateTime(time)}>
      {ago}
    </time>
  )
}

const looks: Record<Group['state'], string | undefined> = {
  open: undefined,
  resolved: css.resolved,
  'came back': css.back,
}

/** Whether an error is resolved or came back; that it is open needs no word. */
export function State({ group: { state, resolvedAt } }: { group: Group }) {
  if (state === 'open') return null
  const title = resolvedAt ? said.resolvedAt(formatDateTime(resolvedAt)) : undefined
  return (
    <span className={looks[state]} title={title}>
      {said.states[state]}
    </span>
  )
}

/** Links to the runs with an error, and to the latest of them. */
function Runs({ group }: { group: Group }) {
  const newest = group.runs[0]
  return (
    <>
      <Link href={paths.runs({ fingerprint: group.fingerprint })}>
        {said.runs(group.count)}
        <span className="hidden">{said.ofError(group.title)}</span>
      </Link>
      {newest && (
        <Link href={paths.run(newest)} className={css.newest} title={newest}>
          {said.latest}
          <span className="hidden"> {newest}</span>
        </Link>
      )}
    </>
  )
}

/** One error: what it is, how often and how long it cost, and who looks after it. */
export function GroupRow({ group, owners }: { group: Group; owners: string }) {
  return (
    <tr>
      <th scope="row" className={css.error}>
        <span className={css.title}>{group.title}</span>{' '}
        <span className={css.cause}>{group.cause}</span> <State group={group} />
        <p className={css.headline}>
          <AnsiText text={group.headline} />
        </p>
        <FixesWorked fixes={group.fixes} />
      </th>
      <td className={css.days}>
        <Trend days={group.trend} />
      </td>
      <td className={css.runs}>
        <Runs group={group} />
      </td>
      <td className={css.lost}>
        <span className={css.label}>{said.columns.lost}</span>{' '}
        {formatDuration(1_000 * group.secondsLost)}
        {group.gpuSecondsLost > 0 && (
          <span className={css.first}>
            {said.gpuTime(formatDuration(1_000 * group.gpuSecondsLost))}
          </span>
        )}
      </td>
      <td className={css.seen}>
        <span className={css.label}>{said.columns.last}</span> <Time time={group.lastSeen} />
        <span className={css.first}>
          {said.firstSeen} <Time time={group.firstSeen} />
        </span>
      </td>
      <td className={css.owned}>
        <GroupOwner group={group} known={owners} />
        <ResolveButton group={group} />
        <GroupNote group={group} />
      </td>
    </tr>
  )
}
