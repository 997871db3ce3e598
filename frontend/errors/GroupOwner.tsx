import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { changeGroup } from '~/api/actions.ts'
import type { Group } from '~/api/client.ts'
import { useMayWrite } from '~/people/me.ts'
import { errorsTexts as said } from '~/texts/errors.ts'
import css from './Errors.module.css'

/** Who looks after an error: set in place; Enter keeps it, Escape leaves it as it was. */
export function GroupOwner({ group, known }: { group: Group; known: string }) {
  const [editing, setEditing] = useState(false)
  const [edited, setEdited] = useState(false)
  const mayWrite = useMayWrite()
  const done = () => {
    setEditing(false)
    setEdited(true)
  }
  const change = useMutation({ ...changeGroup, onSuccess: done })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const owner = new FormData(event.currentTarget).get('owner')
    if (typeof owner === 'string') change.mutate({ id: group.fingerprint, owner: owner.trim() })
  }
  if (!mayWrite) return <span>{group.owner}</span>
  if (!editing) {
    return (
      <button
        type="button"
        className={group.owner ? css.owner : 'link'}
        // biome-ignore lint/a11y/noAutofocus: the focus comes back to it from the field
        autoFocus={edited}
        onClick={() => setEditing(true)}
      >
        {group.owner || said.assign}
        <span className="hidden">{said.ownerOf(group.title)}</span>
      </button>
    )
  }
  return (
    <form onSubmit={submit} className={css.ownerForm}>
      <input
        name="owner"
        type="text"
        maxLength={100}
        list={known}
        autoComplete="off"
        defaultValue={group.owner}
        placeholder={said.ownerHint}
        aria-label={said.ownerOf(group.title)}
        // biome-ignore lint/a11y/noAutofocus: it stands where the button was that had the focus
        autoFocus
        onKeyDown={({ key }) => key === 'Escape' && done()}
        onBlur={({ currentTarget }) => {
          if (currentTarget.value.trim() === group.owner) setEditing(false)
        }}
      />
      {change.error && (
        <span className={css.refused} role="alert">
          {change.error.message}
        </span>
      )}
    </form>
  )
}
