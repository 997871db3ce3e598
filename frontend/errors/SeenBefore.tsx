import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { Run } from '~/api/client.ts'
import { groupQuery } from '~/api/queries/groups.ts'
import { paths } from '~/paths.ts'
import { errorsTexts as said } from '~/texts/errors.ts'
import { formatDay } from '~/ui/format.ts'
import css from './ErrorsPage.module.css'

type SeenBeforeProps = { fingerprint: string; run: Pick<Run, 'finishedAt'> }

/** Other runs that failed the same way, and the note on the error; nothing if there are none. */
export function SeenBefore({ fingerprint, run }: SeenBeforeProps) {
  const { data: group } = useQuery(groupQuery(fingerprint))
  if (!group || (group.count < 2 && !group.note)) return null
  const first = run.finishedAt === group.firstSeen
  const others = group.count - 1
  return (
    <p className={css.before}>
      {others > 0 && (
        <Link href={paths.runs({ fingerprint })}>
          {first ? said.failedSince(others) : said.failedBefore(others, formatDay(group.firstSeen))}
        </Link>
      )}
      {group.state !== 'open' && <span className="tag">{said.states[group.state]}</span>}
      {group.note && <span className={css.words}>{group.note}</span>}
    </p>
  )
}
