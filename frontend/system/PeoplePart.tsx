import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useRef, useState } from 'react'
import type { Person } from '~/api/client.ts'
import { addPerson, changeRole, peopleQuery, ROLES, removePerson } from '~/api/queries/people.ts'
import { useMe } from '~/people/me.ts'
import { membersTexts as said } from '~/texts/people.ts'
import { CopyButton } from '~/ui/CopyButton.tsx'
import { Dialog } from '~/ui/Dialog.tsx'
import { formatDay } from '~/ui/format.ts'
import { Part } from '~/ui/States.tsx'
import { say } from '~/ui/toasts.ts'
import css from './PeoplePart.module.css'

type MadeProps = { name: string; token: string }

/** What somebody logs in with, which no one is told again. */
function Made({ name, token }: MadeProps) {
  const url = `${location.origin}/?token=${encodeURIComponent(token)}`
  return (
    <div className={css.made} role="status">
      <p>{said.shownOnce(name)}</p>
      <div className="row">
        <input className={`mono ${css.url}`} aria-label={said.token} value={url} readOnly />
        <CopyButton label={said.copy} what={said.token} text={url} />
      </div>
    </div>
  )
}

/** Adds somebody with a role; what was typed stays until that is done. */
function Add() {
  const form = useRef<HTMLFormElement>(null)
  const add = useMutation({ ...addPerson, onSuccess: () => form.current?.reset() })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const given = new FormData(event.currentTarget)
    const role = ROLES.find((each) => each === given.get('role')) ?? 'viewer'
    add.mutate({ name: String(given.get('name')).trim(), role })
  }
  return (
    <>
      <form ref={form} className={css.add} onSubmit={submit}>
        <label>
          {said.columns.name}
          <input name="name" required maxLength={80} autoComplete="off" />
        </label>
        <label>
          {said.columns.role}
          <select name="role">
            {ROLES.map((role) => (
              <option key={role} value={role}>
                {said.roles[role]}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" className="btn primary" disabled={add.isPending}>
          {said.add}
        </button>
      </form>
      {add.error && (
        <p className={css.refused} role="alert">
          {add.error.message}
        </p>
      )}
      {add.data && <Made name={add.data.name} token={add.data.token} />}
    </>
  )
}

function Remove({ name, onClose }: { name: string; onClose: () => void }) {
  const remove = useMutation({
    ...removePerson,
    onSuccess: () => {
      say(said.removed(name))
      onClose()
    },
  })
  return (
    <Dialog
      title={said.removeTitle(name)}
      onClose={onClose}
      closeLabel={said.keep}
      actions={
        <button
          type="button"
          className="btn danger"
          disabled={remove.isPending}
          onClick={() => remove.mutate(name)}
        >
          {said.remove}
        </button>
      }
    >
      <p>{said.removeExplain}</p>
      {remove.error && <p role="alert">{remove.error.message}</p>}
    </Dialog>
  )
}

/** The role of somebody: a choice of another one, except for whoever looks. */
function RoleChoice({ name, role }: Person) {
  const me = useMe()
  const change = useMutation({
    ...changeRole,
    onSuccess: (changed) => say(said.changed(name, said.roleNames[changed.role])),
  })
  if (name === me?.name) return said.roleNames[role]
  return (
    <>
      <select
        aria-label={said.roleOf(name)}
        value={change.isPending ? change.variables.role : role}
        onChange={({ target }) => {
          const chosen = ROLES.find((each) => each === target.value)
          if (chosen) change.mutate({ name, role: chosen })
        }}
      >
        {ROLES.map((each) => (
          <option key={each} value={each}>
            {said.roleNames[each]}
          </option>
        ))}
      </select>
      {change.error && <p role="alert">{change.error.message}</p>}
    </>
  )
}

function Table({ people }: { people: Person[] }) {
  const [leaving, setLeaving] = useState<string | null>(null)
  const me = useMe()
  return (
    <>
      <table className={`table ${css.table}`}>
        <caption className="hidden">{said.title}</caption>
        <thead>
          <tr>
            <th scope="col">{said.columns.name}</th>
            <th scope="col">{said.columns.role}</th>
            <th scope="col">{said.columns.added}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {people.map((person) => (
            <tr key={person.name}>
              <th scope="row">{person.name}</th>
              <td>
                <RoleChoice {...person} />
              </td>
              <td className="dim num">{formatDay(person.addedAt)}</td>
              <td className={css.action}>
                {person.name !== me?.name && (
                  <button
                    type="button"
                    className="link"
                    aria-label={said.removeNamed(person.name)}
                    aria-haspopup="dialog"
                    onClick={() => setLeaving(person.name)}
                  >
                    {said.remove}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {leaving && <Remove name={leaving} onClose={() => setLeaving(null)} />}
    </>
  )
}

/** Who may log in: listed, added with a role, removed; for admins. */
export function PeoplePart() {
  return (
    <section className={css.people} aria-labelledby="people">
      <h2 id="people">{said.title}</h2>
      <p className="dim">{said.explain}</p>
      <Add />
      <Part result={useQuery(peopleQuery)}>
        {({ people }) =>
          people.length > 0 ? <Table people={people} /> : <p className="dim">{said.none}</p>
        }
      </Part>
    </section>
  )
}
