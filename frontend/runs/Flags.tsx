import { Link } from 'wouter'
import type { Run } from '~/api/client.ts'
import { paths } from '~/paths.ts'
import { runsTexts as said } from '~/texts/runs.ts'
import css from './Flags.module.css'
import { flagName } from './facts.ts'

/** What is unusual about a run, besides its status: stalled, adopted, a gap in its log. */
export function Flags({ run }: { run: Pick<Run, 'flags'> }) {
  if (run.flags.length === 0) return null
  return (
    <ul className={css.flags}>
      {run.flags.map(({ flag, detail }) => (
        <li key={flag} title={detail}>
          <Link href={paths.runs({ flag })} aria-label={said.withFlag(flagName(flag))}>
            {flagName(flag)}
          </Link>
        </li>
      ))}
    </ul>
  )
}
