import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useMemo, useRef, useState } from 'react'
import { useSearch } from 'wouter'
import type { LogMeta, RunDetail } from '~/api/client.ts'
import { type AttemptId, diagnosisQuery } from '~/api/queries/attempts.ts'
import { logMetaQuery } from '~/api/queries/logs.ts'
import { runQuery } from '~/api/queries/runs.ts'
import { files, type LineRange } from '~/paths.ts'
import { calledOf, nameOf } from '~/runs/facts.ts'
import { logTexts as said } from '~/texts/log.ts'
import { Menu } from '~/ui/Menu.tsx'
import { useNarrow } from '~/ui/media.ts'
import { Loading, With } from '~/ui/States.tsx'
import { useShortcuts } from '~/ui/shortcuts.ts'
import { Title } from '~/ui/Title.tsx'
import { setLineHash } from './hash.ts'
import css from './LogPage.module.css'
import { LogTitle } from './LogTitle.tsx'
import { LogView } from './LogView.tsx'
import { MergedLog } from './MergedLog.tsx'
import { useLogOptions } from './options.ts'
import { RankSwitch } from './RankSwitch.tsx'

function GoToLine({ lines }: { lines: number }) {
  const input = useRef<HTMLInputElement>(null)
  useShortcuts({ g: () => input.current?.focus() })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const line = Number(new FormData(event.currentTarget).get('line'))
    if (line >= 1) setLineHash({ first: Math.min(line, lines), last: Math.min(line, lines) })
  }
  return (
    <form onSubmit={submit}>
      <input
        ref={input}
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

/** The lines of a failed run's error, once their place is known. */
function useError(of: AttemptId, failed: boolean): LineRange | null {
  const { data } = useQuery({ ...diagnosisQuery(of), enabled: failed })
  const { firstLine: first, lastLine: last } = data?.traceback ?? {}
  return useMemo(
    () => (first === undefined || last === undefined ? null : { first, last }),
    [first, last],
  )
}

/** Jumps to the error's lines. */
function GoToError({ lines }: { lines: LineRange | null }) {
  if (!lines) return null
  return (
    <button type="button" className="btn" onClick={() => setLineHash(lines)}>
      {said.toError}
    </button>
  )
}

function Toggle({ name, label }: { name: 'times' | 'wrap'; label: string }) {
  const options = useLogOptions()
  return (
    <button
      type="button"
      className="btn"
      aria-pressed={options[name]}
      onClick={() => options.toggle(name)}
    >
      {label}
    </button>
  )
}

function FindButton({ narrow }: { narrow: boolean }) {
  const { find, setFind } = useLogOptions()
  return (
    <button
      type="button"
      className="btn"
      aria-pressed={find !== null}
      onClick={() => setFind(find ? null : '')}
    >
      {said.find}
      {!narrow && <kbd className={css.key}>/</kbd>}
    </button>
  )
}

type ToolsProps = { of: AttemptId }

/** How lines are shown, and the file of them all: buttons, or a menu where there is no room. */
function Tools({ of, narrow }: ToolsProps & { narrow: boolean }) {
  const { wrap, times, toggle } = useLogOptions()
  const download = files.logDownload(of.id, of.attempt, of.rank)
  if (narrow) {
    const items = [
      { label: wrap ? said.wrapOff : said.wrapOn, onSelect: () => toggle('wrap') },
      { label: times ? said.timesOff : said.timesOn, onSelect: () => toggle('times') },
      { label: said.download, href: download, download: true },
    ]
    return <Menu label={said.more} items={items} />
  }
  return (
    <>
      <Toggle name="wrap" label={said.wrap} />
      <Toggle name="times" label={said.times} />
      <a className="btn" href={download} download>
        {said.download}
      </a>
    </>
  )
}

type LogHeadProps = {
  run: RunDetail
  of: AttemptId
  meta: LogMeta | undefined
  error: LineRange | null
}

function LogHead({ run, of, meta, error }: LogHeadProps) {
  const { attempt } = of
  const narrow = useNarrow()
  return (
    <div className={css.head}>
      <LogTitle run={run} attempt={attempt}>
        {meta && <span className={css.size}>{said.size(meta.lines, meta.size)}</span>}
      </LogTitle>
      {meta && <GoToLine lines={meta.lines} />}
      <GoToError lines={error} />
      <FindButton narrow={narrow} />
      <Tools of={of} narrow={narrow} />
    </div>
  )
}

type Change = 'restarted' | 'shrunk' | 'gone' | null

/** What happened to the log's file meanwhile; a log that is gone stays as last seen. */
function useChange(meta: LogMeta): { shown: LogMeta; change: Change } {
  const [known, setKnown] = useState(meta)
  const [change, setChange] = useState<Change>(null)
  const gone = meta.lines === 0 && known.lines > 0
  if (meta !== known && !gone) {
    if (meta.generation !== known.generation) setChange('restarted')
    else if (meta.size < known.size) setChange('shrunk')
    setKnown(meta)
  }
  return { shown: gone ? known : meta, change: gone ? 'gone' : change }
}

type BodyProps = { run: RunDetail; of: AttemptId; meta: LogMeta; error: LineRange | null }

function Body({ run, of, meta, error }: BodyProps) {
  const { shown, change } = useChange(meta)
  if (shown.lines === 0) return <p className="dim">{meta.final ? said.emptyFinal : said.empty}</p>
  return (
    <>
      {change && (
        <p role="status" className={css.change}>
          {said[change]}
        </p>
      )}
      <LogView
        of={of}
        meta={shown}
        label={said.region(nameOf(run))}
        endFirst={!shown.final || run.status === 'failed'}
        error={error}
      />
    </>
  )
}

type ShownProps = {
  run: RunDetail
  of: AttemptId
  meta: Parameters<typeof With<LogMeta>>[0]['result']
}

const hasFailed = ({ status }: { status: string }) => status === 'failed' || status === 'lost'

/** Whether what is shown has failed: an attempt, or one rank of the newest. */
function isFailure(run: RunDetail, { attempt, rank }: AttemptId): boolean {
  const member = attempt === undefined && run.members.find((each) => each.rank === rank)
  if (member) return hasFailed(member)
  const asked = run.attempts.find(({ number }) => number === (attempt ?? run.attempt))
  return asked !== undefined && hasFailed(asked)
}

function Shown({ run, of, meta }: ShownProps) {
  const error = useError(of, isFailure(run, of))
  return (
    <>
      <Title text={`${said.title} · ${calledOf(run) ?? run.id}`} />
      <LogHead run={run} of={of} meta={meta.data} error={error} />
      <RankSwitch run={run} attempt={of.attempt} rank={of.rank} />
      {meta.data === undefined && !meta.error ? (
        <Loading words={said.counting} />
      ) : (
        <With result={meta}>
          {(found) => <Body run={run} of={of} meta={found} error={error} />}
        </With>
      )}
    </>
  )
}

const rankOf = (asked: string | null) =>
  asked !== null && /^\d{1,6}$/.test(asked) ? Number(asked) : undefined

/** The complete log of a run, or of one of its ranks, followed while it grows; or all as one. */
export function LogPage({ id }: { id: string }) {
  const search = new URLSearchParams(useSearch())
  const asked = Number(search.get('attempt'))
  const attempt = asked >= 1 ? asked : undefined
  const merged = search.get('rank') === 'all'
  const of = { id, attempt, rank: rankOf(search.get('rank')) }
  const run = useQuery(runQuery(id))
  const meta = useQuery({ ...logMetaQuery(of), enabled: !merged })
  // One notice is enough when neither query is answered.
  const quiet = run.error ? { ...meta, error: null } : meta
  return (
    <With result={run}>
      {(known) =>
        merged ? (
          <MergedLog run={known} attempt={attempt} />
        ) : (
          <Shown run={known} of={of} meta={quiet} />
        )
      }
    </With>
  )
}
