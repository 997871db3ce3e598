import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { RunDetail } from '~/api/client.ts'
import { paths } from '~/paths.ts'
import { calledOf } from '~/runs/facts.ts'
import { StatusBadge } from '~/runs/StatusBadge.tsx'
import { logTexts as said } from '~/texts/log.ts'
import { runTexts } from '~/texts/run.ts'
import { AnsiText } from './AnsiText.tsx'
import css from './LogPage.module.css'

type LogTitleProps = { run: RunDetail; attempt: number | undefined; children?: ReactNode }

/** Whose log a page shows, and the way back to that run; children stand beside its status. */
export function LogTitle({ run, attempt, children }: LogTitleProps) {
  return (
    <div className={css.title}>
      <p className={css.crumb}>
        <Link href={paths.runs()}>{runTexts.crumb}</Link> /{' '}
        <Link href={paths.run(run.id, attempt)} className="mono">
          {run.id}
        </Link>{' '}
        / {said.title}
        {attempt && `, ${runTexts.attempt(attempt)}`}
      </p>
      <h1>
        <span>
          <AnsiText text={calledOf(run) ?? run.id} />
        </span>{' '}
        <StatusBadge status={run.status} /> {children}
      </h1>
    </div>
  )
}
