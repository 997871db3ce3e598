import { Link } from 'wouter'
import type { RunDetail } from '~/api/client.ts'
import { paths } from '~/paths.ts'
import { rankTexts as said } from '~/texts/ranks.ts'
import css from './RankSwitch.module.css'

type RankSwitchProps = {
  run: RunDetail
  attempt: number | undefined
  /** Without one it is the rank that the end of the run is told of. */
  rank: number | 'all' | undefined
}

/** The logs of a run of several ranks: each its own, and all as one. */
export function RankSwitch({ run, attempt, rank }: RankSwitchProps) {
  if (run.members.length === 0) return null
  const decides = run.members.find((each) => each.decides)?.rank ?? 0
  const shown = rank ?? decides
  const link = (to: number | 'all', words: string, failed: boolean) => (
    <Link
      key={to}
      href={paths.log(run.id, { attempt, rank: to })}
      aria-current={to === shown ? 'true' : undefined}
      className={failed ? css.failed : undefined}
    >
      {words}
    </Link>
  )
  return (
    <nav className={css.ranks} aria-label={said.logs}>
      {run.members
        .filter(({ status }) => status !== 'missing')
        .map((each) =>
          link(each.rank, said.rank(each.rank), each.decides && each.status === 'failed'),
        )}
      {link('all', said.merged, false)}
    </nav>
  )
}
