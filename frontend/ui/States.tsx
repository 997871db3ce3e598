import { useMutation } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import { Link } from 'wouter'
import { logIn } from '~/api/actions.ts'
import { isLogin, isNotFound, ProblemError, Unreachable } from '~/api/client.ts'
import { paths } from '~/paths.ts'
import { commonTexts, stateTexts as said } from '~/texts/common.ts'
import { Command } from './Command.tsx'
import { formatAgo } from './format.ts'
import { useNow } from './now.ts'
import css from './States.module.css'
import { Title } from './Title.tsx'

type PanelProps = { title: string; children: ReactNode; alert?: boolean }

/** What stands where a page would, when there is no page to show. */
export function Panel({ title, children, alert }: PanelProps) {
  return (
    <section className={css.panel} role={alert ? 'alert' : undefined}>
      <h1>{title}</h1>
      {children}
    </section>
  )
}

/** Where the answer will stand: in grey lines, or in words where what is waited for has some. */
export function Loading({ words, lines = 1 }: { words?: string; lines?: number }) {
  if (words)
    return (
      <p className={css.loading} role="status">
        {words}
      </p>
    )
  return (
    <div className={css.skeleton} role="status">
      <span className="hidden">{commonTexts.loading}</span>
      {Array.from({ length: lines }, (_, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines that are all the same
        <i key={place} />
      ))}
    </div>
  )
}

/** The server sends a browser with a wrong token in its URL here. */
const wasRefused = () => new URLSearchParams(location.search).get('login') === 'refused'

function LoggedOut() {
  const login = useMutation(logIn)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const token = new FormData(event.currentTarget).get('token')
    if (typeof token === 'string') login.mutate(token)
  }
  return (
    <Panel title={said.loggedOut}>
      <p>{said.loggedOutExplain}</p>
      <Command text={said.loggedOutCommand} />
      <form onSubmit={submit} className={css.form}>
        <label htmlFor="token">{said.token}</label>
        <div className={css.field}>
          <input
            id="token"
            name="token"
            type="password"
            autoComplete="current-password"
            required
            aria-invalid={login.isError}
            aria-describedby="token-error"
          />
          <button type="submit" className="btn primary" disabled={login.isPending}>
            {said.logIn}
          </button>
        </div>
        <p id="token-error" className={css.error} role="alert">
          {login.error?.message ?? (wasRefused() && said.refused)}
        </p>
      </form>
    </Panel>
  )
}

export function NotFound() {
  return (
    <Panel title={said.notFound}>
      <Title text={said.notFound} />
      <p className="dim">{said.notFoundExplain}</p>
      <Link href={paths.runs()}>{said.toRuns}</Link>
    </Panel>
  )
}

type FailureProps = { error: Error; retry: () => void }

/** Why there is nothing to show, and what to do about it. */
function QueryFailure({ error, retry }: FailureProps) {
  if (isLogin(error)) return <LoggedOut />
  if (isNotFound(error)) return <NotFound />
  const away = error instanceof Unreachable
  const requestId = error instanceof ProblemError ? error.problem.requestId : undefined
  return (
    <Panel title={away ? said.unreachable : said.failed} alert>
      <p className="dim">{away ? said.unreachableExplain(location.host) : error.message}</p>
      {requestId && <p className="dim">{said.requestId(requestId)}</p>}
      {away && <Command text={said.unreachableCommand} />}
      <p>
        <button type="button" className="btn" onClick={retry}>
          {said.tryAgain}
        </button>
      </p>
    </Panel>
  )
}

/** Shown above stale data: what is wrong, and how old the data is. */
function StaleNotice({ error, at }: { error: Error; at: number }) {
  const age = formatAgo(at, useNow())
  return (
    <p className={css.stale} role="status">
      {error instanceof Unreachable ? said.stale(age) : said.failedRefresh(error.message)}
    </p>
  )
}

type Result<Data> = {
  data: Data | undefined
  error: Error | null
  dataUpdatedAt: number
  refetch: () => unknown
}

type WithProps<Data> = { result: Result<Data>; children: (data: Data) => ReactNode }

/** The last error until there is an answer, so that a refetch keeps a half-typed password. */
function useLastError<Data>({ data, error }: Result<Data>): Error | null {
  const [last, setLast] = useState(error)
  const known = error ?? (data === undefined ? last : null)
  if (known !== last) setLast(known)
  return known
}

/** Lines of a page that is loading. */
const LINES = 9

/** A page made from a query: loading, refused, unreachable, stale or fresh. */
export function With<Data>({ result, children }: WithProps<Data>) {
  const { data, refetch } = result
  const error = useLastError(result)
  if (error && (data === undefined || isLogin(error) || isNotFound(error))) {
    return <QueryFailure error={error} retry={refetch} />
  }
  if (data === undefined) return <Loading lines={LINES} />
  return (
    <>
      {error && <StaleNotice error={error} at={result.dataUpdatedAt} />}
      {children(data)}
    </>
  )
}

/** A part of a page with a query of its own; an error takes one line. */
export function Part<Data>({ result, children }: WithProps<Data>) {
  const { data, error } = result
  if (data !== undefined) return children(data)
  if (error) return <p role="alert">{error.message}</p>
  return <Loading />
}
