import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Link } from 'wouter'
import { removeView, saveView } from '~/api/actions.ts'
import { viewsQuery } from '~/api/queries/search.ts'
import { paths, type RunsFilter } from '~/paths.ts'
import { useMayWrite } from '~/people/me.ts'
import { viewTexts as said } from '~/texts/runs.ts'
import { Dialog } from '~/ui/Dialog.tsx'
import { say } from '~/ui/toasts.ts'
import css from './Views.module.css'

/** The query string of a filter's address, without the page. */
const queryOf = ({ cursor: _, ...filter }: RunsFilter) => paths.runs(filter).slice(2)

function SaveView({ query, onClose }: { query: string; onClose: () => void }) {
  const save = useMutation(saveView)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const name = new FormData(event.currentTarget).get('name')
    if (typeof name === 'string') save.mutate({ name, query }, { onSuccess: onClose })
  }
  const keep = (
    <button type="submit" form="save-view" className="btn primary" disabled={save.isPending}>
      {said.keep}
    </button>
  )
  return (
    <Dialog title={said.title} onClose={onClose} actions={keep}>
      <form id="save-view" className="stack" onSubmit={submit}>
        <p className="dim">{said.explain}</p>
        <label htmlFor="view-name">{said.name}</label>
        <input id="view-name" name="name" type="text" maxLength={60} required data-autofocus />
        <p role="alert">{save.error?.message}</p>
      </form>
    </Dialog>
  )
}

/** The saved views, each a link, and a way to save what is shown. */
export function Views({ filter }: { filter: RunsFilter }) {
  const [saving, setSaving] = useState(false)
  const mayWrite = useMayWrite()
  const { data } = useQuery(viewsQuery)
  const remove = useMutation(removeView)
  const { mutate: restore } = useMutation(saveView)
  const query = queryOf(filter)
  const views = data?.views ?? []
  const isSaved = views.some((view) => view.query === query)
  if (views.length === 0 && query === '') return null
  return (
    <nav aria-label={said.label} className={css.views}>
      <Link href={paths.runs()} aria-current={query === '' ? 'page' : undefined}>
        {said.all}
      </Link>
      {views.map((view) => (
        <span key={view.name} className={css.view}>
          <Link
            href={`/?${view.query}`}
            aria-current={view.query === query ? 'page' : undefined}
            title={decodeURIComponent(view.query.replaceAll('+', ' '))}
          >
            {view.name}
          </Link>
          {mayWrite && view.query === query && (
            <button
              type="button"
              className={css.remove}
              aria-label={said.remove(view.name)}
              title={said.remove(view.name)}
              onClick={() =>
                remove.mutate(view.name, {
                  onSuccess: () => say(said.removed(view.name), () => restore(view)),
                })
              }
            >
              ×
            </button>
          )}
        </span>
      ))}
      {mayWrite && query !== '' && !isSaved && (
        <button type="button" className="link" onClick={() => setSaving(true)}>
          {said.save}
        </button>
      )}
      {saving && <SaveView query={query} onClose={() => setSaving(false)} />}
    </nav>
  )
}
