import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import type { Run, RunDetail } from '~/api/client.ts'
import { legible } from '~/log/ansi.ts'
import { useMayWrite } from '~/people/me.ts'
import { Share } from '~/people/Share.tsx'
import { labelTexts as said } from '~/texts/labels.ts'
import { LaterPart } from '~/ui/LaterPage.tsx'
import { useShortcuts } from '~/ui/shortcuts.ts'
import css from './Labels.module.css'
import { changeRun, labelled } from './labels.ts'

/** The project and the tags of a run, each a link to the runs that have it. */
export function Chips({ run }: { run: Pick<Run, 'labels'> }) {
  const { project, tags } = run.labels
  if (project === null && tags.length === 0) return null
  return (
    <ul className={css.chips}>
      {project !== null && (
        <li className={css.project}>
          <Link href={labelled('project', project)} title={said.ofProject(legible(project))}>
            {legible(project)}
          </Link>
        </li>
      )}
      {tags.map((tag) => (
        <li key={tag}>
          <Link href={labelled('tag', tag)} title={said.withTag(legible(tag))}>
            {legible(tag)}
          </Link>
        </li>
      ))}
    </ul>
  )
}

/** A star before the name of a run that has one. */
export function Star({ run }: { run: Pick<Run, 'starred'> }) {
  if (!run.starred) return null
  return (
    <span className={css.star} role="img" aria-label={said.starred} title={said.starred}>
      ★
    </span>
  )
}

/** What people say of a run, and where to say it: s stars it, e edits the rest. */
export function Labels({ run }: { run: RunDetail }) {
  const [editing, setEditing] = useState(false)
  const change = useMutation(changeRun)
  const mayWrite = useMayWrite()
  const star = () => change.mutate({ id: run.id, change: { starred: !run.starred } })
  useShortcuts(mayWrite ? { s: star, e: () => setEditing(true) } : {})
  return (
    <div className={css.labels}>
      {mayWrite ? (
        <button
          type="button"
          className={css.toggle}
          aria-pressed={run.starred}
          aria-label={said.star}
          title={`${run.starred ? said.starred : said.star} (s)`}
          onClick={star}
        >
          {run.starred ? '★' : '☆'}
        </button>
      ) : (
        <Star run={run} />
      )}
      <Chips run={run} />
      {mayWrite && (
        <button
          type="button"
          className="link"
          aria-haspopup="dialog"
          title={`${said.edit} (e)`}
          onClick={() => setEditing(true)}
        >
          {said.edit}
        </button>
      )}
      <Share id={run.id} />
      {change.error && <span role="alert">{change.error.message}</span>}
      {run.note && (
        <p className={css.note} title={run.noteUser ? said.noteBy(run.noteUser) : undefined}>
          {run.note.split('\n').map(legible).join('\n')}
        </p>
      )}
      {editing && (
        <LaterPart>
          {({ EditLabels }) => <EditLabels run={run} onClose={() => setEditing(false)} />}
        </LaterPart>
      )}
    </div>
  )
}
