import type { RunDetail } from '~/api/client.ts'
import { runTexts } from '~/texts/run.ts'
import { Command } from '~/ui/Command.tsx'
import css from './Spec.module.css'

/** The one line that does by hand what this run did. */
export function Reproduce({ run }: { run: RunDetail }) {
  return (
    <section aria-labelledby="reproduce">
      <h2 id="reproduce" className={css.heading}>
        {runTexts.reproduce}
      </h2>
      <Command text={run.reproduce.command} />
    </section>
  )
}
