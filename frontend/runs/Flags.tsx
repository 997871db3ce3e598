import type { Run } from '~/api/client.ts'
import css from './Flags.module.css'
import { flagName } from './facts.ts'

/** What is unusual about a run, besides its status: stalled, adopted, a gap in its log. */
export function Flags({ run }: { run: Pick<Run, 'flags'> }) {
  if (run.flags.length === 0) return null
  return (
    <ul className={css.flags}>
      {run.flags.map(({ flag, detail }) => (
        <li key={flag} title={detail}>
          {flagName(flag)}
        </li>
      ))}
    </ul>
  )
}
