import { useMutation } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import type { RunDetail } from '~/api/client.ts'
import { labelTexts as said } from '~/texts/labels.ts'
import { Dialog } from '~/ui/Dialog.tsx'
import css from './Labels.module.css'
import { changeRun, tagsIn } from './labels.ts'

const FORM = 'edit-labels'

type FieldProps = { name: string; label: string; value: string; hint?: string; first?: boolean }

export function TextField({ name, label, value, hint, first }: FieldProps) {
  return (
    <div className={css.field}>
      <label htmlFor={`label-${name}`}>{label}</label>
      <input
        id={`label-${name}`}
        name={name}
        type="text"
        defaultValue={value}
        autoComplete="off"
        data-autofocus={first || undefined}
        aria-describedby={hint && `label-${name}-hint`}
      />
      {hint && (
        <span id={`label-${name}-hint`} className="dim">
          {hint}
        </span>
      )}
    </div>
  )
}

const typedIn = (form: FormData, name: string): string => {
  const typed = form.get(name)
  return typeof typed === 'string' ? typed.trim() : ''
}

/** Name, project, tags and note of a run; Enter saves. */
export function EditLabels({ run, onClose }: { run: RunDetail; onClose: () => void }) {
  const change = useMutation({ ...changeRun, onSuccess: onClose })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const name = typedIn(form, 'name') || null
    const labels = {
      project: typedIn(form, 'project') || null,
      tags: tagsIn(typedIn(form, 'tags')),
    }
    const note = typedIn(form, 'note')
    const named = name === run.name ? {} : { name }
    const noted = note === run.note ? {} : { note }
    change.mutate({ id: run.id, change: { ...named, labels, ...noted } })
  }
  const save = (
    <button type="submit" form={FORM} className="btn primary" disabled={change.isPending}>
      {said.save}
    </button>
  )
  return (
    <Dialog title={said.title} onClose={onClose} actions={save}>
      <form id={FORM} className="stack" onSubmit={submit}>
        <TextField name="name" label={said.name} value={run.name ?? ''} first />
        <TextField name="project" label={said.project} value={run.labels.project ?? ''} />
        <TextField
          name="tags"
          label={said.tags}
          value={run.labels.tags.join(', ')}
          hint={said.tagsHint}
        />
        <div className={css.field}>
          <label htmlFor="label-note">{said.note}</label>
          <textarea
            id="label-note"
            name="note"
            rows={3}
            maxLength={10_000}
            defaultValue={run.note}
          />
        </div>
        {change.error && <p role="alert">{change.error.message}</p>}
      </form>
    </Dialog>
  )
}
