import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from 'wouter'
import { groupsQuery } from '~/api/queries/groups.ts'
import { paths } from '~/paths.ts'
import { commonTexts } from '~/texts/common.ts'
import { errorsTexts as said } from '~/texts/errors.ts'
import { With } from '~/ui/States.tsx'
import { Title } from '~/ui/Title.tsx'
import css from './ErrorsPage.module.css'
import { GroupRow } from './GroupRow.tsx'

function Head() {
  return (
    <thead>
      <tr>
        <th scope="col">{said.columns.error}</th>
        <th scope="col">{said.columns.runs}</th>
        <th scope="col">{said.columns.seen}</th>
        <th scope="col">{said.columns.note}</th>
      </tr>
    </thead>
  )
}

function Pages({ next, first }: { next: string | null; first: boolean }) {
  if (first && next === null) return null
  return (
    <nav className={css.foot} aria-label={said.pages}>
      {!first && <Link href={paths.errors()}>{commonTexts.toNewest}</Link>}
      {next !== null && <Link href={paths.errors(next)}>{commonTexts.older}</Link>}
    </nav>
  )
}

/** Errors grouped across runs, with notes and their state. */
export function ErrorsPage() {
  const cursor = new URLSearchParams(useSearch()).get('cursor') ?? undefined
  return (
    <>
      <Title text={said.title} />
      <With result={useQuery(groupsQuery(cursor))}>
        {({ groups, nextCursor }) => (
          <>
            <h1>{said.title}</h1>
            <p className={css.explain}>{said.explain}</p>
            {groups.length === 0 && <p className={css.none}>{said.none}</p>}
            {groups.length > 0 && (
              <table className={css.table}>
                <caption className="hidden">{said.caption}</caption>
                <Head />
                <tbody>
                  {groups.map((group) => (
                    <GroupRow key={group.fingerprint} group={group} />
                  ))}
                </tbody>
              </table>
            )}
            <Pages next={nextCursor} first={cursor === undefined} />
          </>
        )}
      </With>
    </>
  )
}
