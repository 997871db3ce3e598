import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { groupQuery } from '~/api/queries.ts'
import { paths } from '~/paths.ts'
import { formatDay } from '~/ui/format.ts'
import { texts } from '~/ui/texts.ts'
import css from './ErrorsPage.module.css'

const said = texts.errors

/** Other runs that failed as this one did, and what people know of it; nothing for the first one. */
export function SeenBefore({ fingerprint }: { fingerprint: string }) {
  const { data: group } = useQuery(groupQuery(fingerprint))
  if (!group || (group.count < 2 && !group.note)) return null
  return (
    <p className={css.before}>
      {group.count > 1 && (
        <Link href={paths.runs({ fingerprint })}>
          {said.seenBefore(group.count - 1, formatDay(group.firstSeen))}
        </Link>
      )}
      {group.state !== 'open' && <span className="tag">{said.states[group.state]}</span>}
      {group.note && <span className={css.words}>{group.note}</span>}
    </p>
  )
}
