import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { Health as Told } from '~/api/client.ts'
import { healthQuery } from '~/api/queries/system.ts'
import { paths } from '~/paths.ts'
import { flagName } from '~/runs/facts.ts'
import { healthTexts as said } from '~/texts/system.ts'
import { Facts } from '~/ui/Facts.tsx'
import { formatDuration } from '~/ui/format.ts'
import { Part } from '~/ui/States.tsx'
import css from './Health.module.css'

/** Runs are checked every second; one may be slow, so only a long silence is worth a warning. */
const LATE_SECONDS = 30

type Fact = [label: string, value: string]

function supervisorFacts({ supervisor, recorders }: Told): Fact[] {
  const { lookedSecondsAgo: ago, leads, queued } = supervisor
  return [
    [said.lastCheck, ago === null ? said.notYet : said.ago(formatDuration(1_000 * ago))],
    [said.queueRunBy, leads ? said.thisServer : said.otherServer],
    [said.running, said.runs(recorders.running)],
    [said.queued, said.runs(queued)],
  ]
}

const versionFacts = ({ versions }: Told): Fact[] => [
  [said.lastwords, versions.lastwords],
  [said.python, versions.python],
  [said.sqlite, versions.sqlite],
  [said.system, versions.system],
]

/** Recorders with errors, each with its run. */
function Troubled({ recorders }: Told) {
  if (recorders.troubled.length === 0) return null
  return (
    <ul className={css.troubled} aria-label={said.troubled}>
      {recorders.troubled.map(({ run, flag, detail }) => (
        <li key={`${run} ${flag}`}>
          <Link href={paths.run(run)} className="mono">
            {run}
          </Link>{' '}
          <b>{flagName(flag)}</b> {detail}
        </li>
      ))}
    </ul>
  )
}

/** Whether the server checks and records its runs, and its versions. */
export function Health() {
  return (
    <section className={css.health} aria-labelledby="health">
      <h2 id="health">{said.title}</h2>
      <Part result={useQuery(healthQuery)}>
        {(told) => (
          <>
            <Facts rows={[...supervisorFacts(told), ...versionFacts(told)]} />
            {(told.supervisor.lookedSecondsAgo ?? 0) > LATE_SECONDS && (
              <p className={css.late}>{said.late}</p>
            )}
            {told.database !== null && <p className={css.late}>{said.readOnly(told.database)}</p>}
            <Troubled {...told} />
          </>
        )}
      </Part>
    </section>
  )
}
