import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { Run } from '~/api/client.ts'
import { groupQuery } from '~/api/queries/groups.ts'
import { paths } from '~/paths.ts'
import { errorsTexts as said } from '~/texts/errors.ts'
import { formatDay } from '~/ui/format.ts'
import css from './Errors.module.css'
import { State } from './GroupRow.tsx'
import { ResolveButton } from './ResolveButton.tsx'

type SeenBeforeProps = { fingerprint: string; run: Pick<Run, 'finishedAt'> }

/** Other runs that failed the same way, what people say of the error, and a button to resolve it. */
export function SeenBefore({ fingerprint, run }: SeenBeforeProps) {
  const { data: group } = useQuery(groupQuery(fingerprint))
  if (!group) return <p className={css.before}>{'\u00a0'}</p>
  const first = run.finishedAt === group.firstSeen
  const others = group.count - 1
  return (
    <p className={css.before}>
      {others > 0 && (
        <Link href={paths.runs({ fingerprint })}>
          {first ? said.failedSince(others) : said.failedBefore(others, formatDay(group.firstSeen))}
        </Link>
      )}
      <State group={group} />
      {group.owner && <span className="dim">{said.ownedBy(group.owner)}</span>}
      {group.note && <span className={css.words}>{group.note}</span>}
      <ResolveButton group={group} />
    </p>
  )
}
