import { useMutation } from '@tanstack/react-query'
import { Link } from 'wouter'
import { changeGroup } from '~/api/actions.ts'
import type { Group } from '~/api/client.ts'
import { AnsiText } from '~/log/AnsiText.tsx'
import { paths } from '~/paths.ts'
import { errorsTexts as said } from '~/texts/errors.ts'
import { formatAgo, formatDateTime } from '~/ui/format.ts'
import { useNow } from '~/ui/now.ts'
import css from './ErrorsPage.module.css'
import { GroupNote } from './GroupNote.tsx'

function Time({ time }: { time: string }) {
  const ago = formatAgo(time, useNow())
  return (
    <time dateTime={time} title={formatDateTime(time)}>
      {ago}
    </time>
  )
}

const looks: Record<Group['state'], string | undefined> = {
  open: css.open,
  resolved: css.resolved,
  'came back': css.back,
}

/** The state of an error (open, resolved, came back), and a button to change it. */
function Mark({ group }: { group: Group }) {
  const change = useMutation(changeGroup)
  const { fingerprint: id, state, resolvedAt } = group
  const resolved = state === 'resolved'
  return (
    <div className={css.mark}>
      <span
        className={looks[state]}
        title={resolvedAt ? said.resolvedAt(formatDateTime(resolvedAt)) : undefined}
      >
        {said.states[state]}
      </span>
      <button
        type="button"
        className="link"
        disabled={change.isPending}
        onClick={() => change.mutate({ id, resolved: !resolved })}
      >
        {resolved ? said.reopen : said.resolve}
        <span className="hidden">{said.of(group.title)}</span>
      </button>
      {change.error && (
        <span className={css.refused} role="alert">
          {change.error.message}
        </span>
      )}
    </div>
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
        <span className={css.newest}>
          {said.latest} <Link href={paths.run(newest)}>{newest}</Link>
        </span>
      )}
    </>
  )
}

export function GroupRow({ group }: { group: Group }) {
  return (
    <tr>
      <th scope="row" className={css.error}>
        <span className={css.title}>{group.title}</span> <span className="tag">{group.cause}</span>
        <p className={css.headline}>
          <AnsiText text={group.headline} />
        </p>
        <Mark group={group} />
      </th>
      <td className={css.runs}>
        <Runs group={group} />
      </td>
      <td className={css.seen}>
        <span>
          {said.lastSeen} <Time time={group.lastSeen} />
        </span>
        <span>
          {said.firstSeen} <Time time={group.firstSeen} />
        </span>
      </td>
      <td className={css.note}>
        <GroupNote group={group} />
      </td>
    </tr>
  )
}
