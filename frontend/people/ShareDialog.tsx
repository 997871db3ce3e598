import { useMutation, useQuery } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { linksQuery, makeLink, revokeLink } from '~/api/queries/people.ts'
import { peopleTexts as said } from '~/texts/people.ts'
import { CopyButton } from '~/ui/CopyButton.tsx'
import { Dialog } from '~/ui/Dialog.tsx'
import { formatDateTime } from '~/ui/format.ts'
import { Part } from '~/ui/States.tsx'
import css from './People.module.css'

const DAYS = [1, 7, 30, 90]

/** The links to a run that are still good, each with a button that ends it. */
function Links({ id }: { id: string }) {
  const result = useQuery(linksQuery(id))
  const revoke = useMutation(revokeLink)
  return (
    <Part result={result}>
      {({ links }) => (
        <>
          {links.length > 0 && (
            <ul className={css.links} aria-label={said.links}>
              {links.map((link) => (
                <li key={link.id}>
                  <span>{said.until(formatDateTime(link.until), link.by)}</span>
                  <button
                    type="button"
                    className="btn"
                    aria-label={said.revokeNamed(formatDateTime(link.until))}
                    disabled={revoke.isPending}
                    onClick={() => revoke.mutate({ id, link: link.id })}
                  >
                    {said.revoke}
                  </button>
                </li>
              ))}
            </ul>
          )}
          {revoke.error && <p role="alert">{revoke.error.message}</p>}
        </>
      )}
    </Part>
  )
}

/** Makes a link, which is shown only once. */
export function ShareDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const make = useMutation(makeLink)
  const url = make.data && `${location.origin}${make.data.path}`
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    make.mutate({ id, days: Number(new FormData(event.currentTarget).get('days')) })
  }
  return (
    <Dialog title={said.shareTitle} onClose={onClose}>
      <div className="stack">
        <p className="dim">{said.shareExplain}</p>
        <form className="row" onSubmit={submit}>
          <label htmlFor="link-days">{said.days}</label>
          <select id="link-days" name="days" defaultValue={7} data-autofocus>
            {DAYS.map((days) => (
              <option key={days} value={days}>
                {said.forDays(days)}
              </option>
            ))}
          </select>
          <button type="submit" className="btn primary" disabled={make.isPending}>
            {said.makeLink}
          </button>
        </form>
        {make.error && <p role="alert">{make.error.message}</p>}
        {url && (
          <div className="row" role="status">
            <input className={`mono ${css.url}`} aria-label={said.link} value={url} readOnly />
            <CopyButton label={said.copyLink} what={said.link} text={url} />
          </div>
        )}
        <Links id={id} />
      </div>
    </Dialog>
  )
}
