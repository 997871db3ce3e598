import { Link } from 'wouter'
import type { Member, RunDetail } from '~/api/client.ts'
import { AnsiText } from '~/log/AnsiText.tsx'
import { paths } from '~/paths.ts'
import { rankTexts as said } from '~/texts/ranks.ts'
import { runTexts } from '~/texts/run.ts'
import css from './Attempts.module.css'
import { exitFact } from './facts.ts'
import { StatusBadge } from './StatusBadge.tsx'

/** What is to be said of a rank besides its status. */
function wordsOf(member: Member): string | null {
  if (member.status === 'failed' && member.decides) return said.first
  return member.outOfContact ? said.silent : null
}

function Rank({ run, member }: { run: RunDetail; member: Member }) {
  const { rank, status } = member
  const isMissing = status === 'missing'
  return (
    <li>
      <b>{said.rank(rank)}</b>
      {isMissing ? <span className="dim">{said.missing}</span> : <StatusBadge status={status} />}
      <span>{exitFact(member)?.join(' ')}</span>
      <span className={`dim ${css.words}`}>
        {member.headline ? <AnsiText text={member.headline} /> : wordsOf(member)}
      </span>
      <span className="dim">{member.host}</span>
      <span className="dim">{member.headline ? wordsOf(member) : null}</span>
      <span>
        {!isMissing && (
          <Link href={paths.log(run.id, { rank })}>{runTexts.attemptLog(member.logBytes)}</Link>
        )}
      </span>
    </li>
  )
}

/** The ranks of a run's newest attempt, each with its end and its log. */
export function Ranks({ run }: { run: RunDetail }) {
  return (
    <section aria-labelledby="ranks">
      <h2 id="ranks" className={css.heading}>
        {said.ranks}
      </h2>
      <ol className={css.attempts}>
        {run.members.map((member) => (
          <Rank key={member.rank} run={run} member={member} />
        ))}
      </ol>
    </section>
  )
}

/** Which rank failed first, in the box that says why. */
export function FailedFirst({ run }: { run: RunDetail }) {
  const first = run.members.find(({ decides, status }) => decides && status === 'failed')
  if (!first) return null
  return <p>{said.failedFirst(first.rank, first.host, run.members.length)}</p>
}
