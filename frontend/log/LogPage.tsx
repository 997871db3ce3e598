import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useRef } from 'react'
import { Link, useLocation, useSearch } from 'wouter'
import type { LogMeta, RunDetail } from '~/api/client.ts'
import { type AttemptId, diagnosisQuery, logMetaQuery, runQuery } from '~/api/queries.ts'
import { files, paths } from '~/paths.ts'
import { nameOf } from '~/runs/facts.ts'
import { StatusBadge } from '~/runs/StatusBadge.tsx'
import { Loading, With } from '~/ui/States.tsx'
import { texts } from '~/ui/texts.ts'
import { AnsiText } from './AnsiText.tsx'
import { setLineHash } from './hash.ts'
import css from './LogPage.module.css'
import { LogView } from './LogView.tsx'

const said = texts.log

function GoToLine({ lines }: { lines: number }) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const line = Number(new FormData(event.currentTarget).get('line'))
    if (line >= 1) setLineHash({ first: Math.min(line, lines), last: Math.min(line, lines) })
  }
  return (
    <form onSubmit={submit}>
      <input
        name="line"
        type="number"
        min={1}
        max={lines}
        className={css.goTo}
        aria-label={said.goTo}
        placeholder={said.goTo}
      />
    </form>
  )
}

/** Marks the error's lines, once it is known where they are. */
function GoToError({ of }: { of: AttemptId }) {
  const { data } = useQuery(diagnosisQuery(of))
  const traceback = data?.traceback
  if (!traceback) return null
  const lines = { first: traceback.firstLine, last: traceback.lastLine }
  return (
    <button type="button" className="btn" onClick={() => setLineHash(lines)}>
      {said.toError}
    </button>
  )
}

function TimesButton() {
  const [path, navigate] = useLocation()
  const values = new URLSearchParams(useSearch())
  const shown = values.has('times')
  const toggle = () => {
    if (shown) values.delete('times')
    else values.set('times', '1')
    const search = values.toString()
    navigate(path + (search && `?${search}`) + location.hash, { replace: true })
  }
  return (
    <button type="button" className="btn" aria-pressed={shown} onClick={toggle}>
      {said.times}
    </button>
  )
}

type LogHeadProps = { run: RunDetail; attempt: number | undefined; meta: LogMeta | undefined }

function LogHead({ run, attempt, meta }: LogHeadProps) {
  const of = { id: run.id, attempt }
  return (
    <div className={css.head}>
      <div className={css.title}>
        <p className={css.crumb}>
          <Link href={paths.runs()}>{texts.run.crumb}</Link> /{' '}
          <Link href={paths.run(run.id, attempt)} className="mono">
            {run.id}
          </Link>{' '}
          / {said.title}
          {attempt && `, ${texts.run.attempt(attempt)}`}
        </p>
        <h1>
          <span>
            <AnsiText text={run.name ?? run.id} />
          </span>{' '}
          <StatusBadge status={run.status} />{' '}
          {meta && <span className={css.size}>{said.size(meta.lines, meta.size)}</span>}
        </h1>
      </div>
      {meta && <GoToLine lines={meta.lines} />}
      {run.status === 'failed' && <GoToError of={of} />}
      <TimesButton />
      <a className="btn" href={files.logDownload(run.id, attempt)} download>
        {said.download}
      </a>
    </div>
  )
}

/** A log that begins anew (its file was replaced) is another log: its lines are drawn afresh. */
function useRestarted(meta: LogMeta): boolean {
  const first = useRef(meta.generation)
  return first.current !== meta.generation
}

type BodyProps = { run: RunDetail; of: AttemptId; meta: LogMeta }

function Body({ run, of, meta }: BodyProps) {
  const times = new URLSearchParams(useSearch()).has('times')
  const restarted = useRestarted(meta)
  if (meta.lines === 0) return <p className="dim">{meta.final ? said.emptyFinal : said.empty}</p>
  return (
    <>
      {restarted && (
        <p role="status" className="dim">
          {said.restarted}
        </p>
      )}
      <LogView
        of={of}
        meta={meta}
        label={said.region(nameOf(run))}
        times={times}
        endFirst={!meta.final || run.status === 'failed'}
      />
    </>
  )
}

/** The log of a run, whole, and followed while it is being written. */
export function LogPage({ id }: { id: string }) {
  const asked = Number(new URLSearchParams(useSearch()).get('attempt'))
  const attempt = asked >= 1 ? asked : undefined
  const run = useQuery(runQuery(id))
  const meta = useQuery(logMetaQuery({ id, attempt }))
  return (
    <With result={run}>
      {(known) => (
        <>
          <title>{`${said.title} · ${known.name ?? known.id} · ${texts.brand}`}</title>
          <LogHead run={known} attempt={attempt} meta={meta.data} />
          {meta.data === undefined && !meta.error ? (
            <Loading />
          ) : (
            <With result={meta}>
              {(found) => <Body run={known} of={{ id, attempt }} meta={found} />}
            </With>
          )}
        </>
      )}
    </With>
  )
}
