import type { RunDetail } from '~/api/client.ts'
import { runTexts } from '~/texts/run.ts'
import { Command } from '~/ui/Command.tsx'
import css from './Spec.module.css'

/** One command that repeats this run in a shell. */
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
