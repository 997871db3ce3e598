import { useMutation } from '@tanstack/react-query'
import { type FormEvent, type KeyboardEvent, useState } from 'react'
import { changeGroup } from '~/api/actions.ts'
import type { Group } from '~/api/client.ts'
import { useMayWrite } from '~/people/me.ts'
import { commonTexts } from '~/texts/common.ts'
import { errorsTexts as said } from '~/texts/errors.ts'
import { labelTexts } from '~/texts/labels.ts'
import css from './Errors.module.css'

const LONGEST = 10_000

type EditorProps = { group: Group; onClose: () => void }

/** Ctrl+Enter saves, Escape leaves the note as it was. */
function Editor({ group, onClose }: EditorProps) {
  const change = useMutation({ ...changeGroup, onSuccess: onClose })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const note = new FormData(event.currentTarget).get('note')
    if (typeof note === 'string') change.mutate({ id: group.fingerprint, note: note.trim() })
  }
  const press = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === 'Escape') onClose()
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.currentTarget.form?.requestSubmit()
    }
  }
  return (
    <form onSubmit={submit}>
      <textarea
        name="note"
        rows={3}
        maxLength={LONGEST}
        defaultValue={group.note}
        aria-label={said.noteOf(group.title)}
        aria-invalid={change.isError}
        // biome-ignore lint/a11y/noAutofocus: it stands where the button was that had the focus
        autoFocus
        onKeyDown={press}
      />
      <div className="row">
        <button type="submit" className="btn" disabled={change.isPending}>
          {said.save}
        </button>
        <button type="button" className="link" onClick={onClose}>
          {commonTexts.cancel}
        </button>
      </div>
      {change.error && (
        <p className={css.refused} role="alert">
          {change.error.message}
        </p>
      )}
    </form>
  )
}

/** The note on an error, edited in place. */
export function GroupNote({ group }: { group: Group }) {
  const [editing, setEditing] = useState(false)
  const [edited, setEdited] = useState(false)
  const mayWrite = useMayWrite()
  const edit = (now: boolean) => {
    setEditing(now)
    setEdited(true)
  }
  if (editing) return <Editor group={group} onClose={() => edit(false)} />
  return (
    <>
      {group.note && (
        <p
          className={css.words}
          title={group.noteUser ? labelTexts.noteBy(group.noteUser) : undefined}
        >
          {group.note}
        </p>
      )}
      <button
        type="button"
        className="link"
        hidden={!mayWrite}
        // biome-ignore lint/a11y/noAutofocus: the focus comes back to it from the editor
        autoFocus={edited}
        onClick={() => edit(true)}
      >
        {group.note ? said.editNote : said.addNote}
        <span className="hidden">{said.of(group.title)}</span>
      </button>
    </>
  )
}
