import type { RunDetail } from '~/api/client.ts'
import { AnsiText } from '~/log/AnsiText.tsx'
import { runTexts } from '~/texts/run.ts'
import { Command } from '~/ui/Command.tsx'
import css from './Spec.module.css'

/** A word of a POSIX shell command, quoted only where it must be. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

/** The parameters of a run, and the command they became. */
export function Spec({ run }: { run: RunDetail }) {
  const command = run.command.map(shellWord).join(' ')
  const entries = Object.entries(run.spec).filter(([, value]) => value !== null)
  return (
    <section aria-labelledby="spec">
      <h2 id="spec" className={css.heading}>
        {entries.length > 0 ? runTexts.parameters : runTexts.command}
      </h2>
      {entries.length > 0 && (
        <dl className={css.spec}>
          {entries.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <AnsiText text={shown(value)} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {command && (
        <div className={css.command}>
          <Command text={command} what={runTexts.command} />
        </div>
      )}
    </section>
  )
}
