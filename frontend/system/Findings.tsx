import type { Finding } from '~/api/client.ts'
import { systemTexts } from '~/texts/system.ts'
import { Command } from '~/ui/Command.tsx'
import css from './Findings.module.css'

const colours: Record<Finding['verdict'], string | undefined> = {
  ok: css.ok,
  warn: css.warn,
  fail: css.fail,
}

/** One line per check, with a command to fix what it found. */
export function Findings({ findings, label }: { findings: Finding[]; label: string }) {
  return (
    <ul className={css.findings} aria-label={label}>
      {findings.map(({ name, verdict, text, command }) => (
        <li key={name} className={css.finding}>
          <span className={`${css.verdict} ${colours[verdict]}`}>
            {systemTexts.verdicts[verdict]}
          </span>
          <b>{name}</b>
          <div className={css.text}>
            <p>{text}</p>
            {command && <Command text={command} />}
          </div>
        </li>
      ))}
    </ul>
  )
}
