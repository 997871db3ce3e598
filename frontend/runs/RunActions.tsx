import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { cancelRun, retryRun } from '~/api/actions.ts'
import type { Attempt, RunDetail } from '~/api/client.ts'
import { isFinal, isRetriable } from '~/api/queries/runs.ts'
import { files, paths } from '~/paths.ts'
import { useIsLink, useMayWrite } from '~/people/me.ts'
import { runTexts as said } from '~/texts/run.ts'
import { copyText } from '~/ui/clipboard.ts'
import { Menu, type MenuItem } from '~/ui/Menu.tsx'
import { useShortcuts } from '~/ui/shortcuts.ts'
import { say } from '~/ui/toasts.ts'
import { CopyErrorButton } from './ErrorDialog.tsx'
import type { Primary } from './primary.ts'
import css from './RunActions.module.css'
import { LostDialog, RemoveDialog, StopDialog } from './RunDialogs.tsx'

type Asked = 'stop' | 'lost' | 'remove' | null

type RunActionsProps = { run: RunDetail; attempt: Attempt; primary: Primary }

/** Whether what runs cannot be seen from the server: only a person can say that it is gone. */
const isOutOfSight = (run: RunDetail) =>
  run.status === 'running' &&
  (run.outOfContact || run.flags.some(({ flag }) => flag === 'on_another_host'))

type Allowed = { mayWrite: boolean; isLink: boolean }

const linkTo = (run: RunDetail, { number }: Attempt) =>
  location.origin + paths.run(run.id, number === run.attempt ? undefined : number)

type Acts = { retry: () => void; again: () => void; ask: (asked: Asked) => void }

/** Everything that can be done with a run, but what has a button of its own; deleting last. */
function itemsOf(
  { run, attempt, primary }: RunActionsProps,
  acts: Acts,
  { mayWrite, isLink }: Allowed,
): MenuItem[] {
  const newest = attempt.number === run.attempt
  const number = newest ? undefined : attempt.number
  const training = mayWrite && run.kind === 'training'
  const retried = mayWrite && isRetriable(run) && run.status !== 'completed' && primary !== 'retry'
  const failed = attempt.status === 'failed' || attempt.status === 'lost'
  return [
    ...(retried ? [{ label: said.retry, onSelect: acts.retry }] : []),
    ...(training && primary !== 'again' ? [{ label: said.again, onSelect: acts.again }] : []),
    ...(newest && failed && run.issueUrl ? [{ label: said.newIssue, href: run.issueUrl }] : []),
    ...(isLink || attempt.status === 'queued'
      ? []
      : [{ label: said.downloadLog, href: files.logDownload(run.id, number), download: true }]),
    { label: said.copyLink, copy: linkTo(run, attempt), copied: said.linkCopied },
    { label: said.copyId, copy: run.id, copied: said.idCopied },
    ...(mayWrite && isOutOfSight(run)
      ? [{ label: said.callLost, onSelect: () => acts.ask('lost') }]
      : []),
    ...(mayWrite && isFinal(run)
      ? [{ label: said.remove, danger: true, onSelect: () => acts.ask('remove') }]
      : []),
  ]
}

/** What starts something is not offered to who may not. */
const offered = (primary: Primary, mayWrite: boolean): Primary =>
  mayWrite || (primary !== 'again' && primary !== 'retry') ? primary : null

type FirstProps = RunActionsProps & { acts: Acts; busy: boolean }

/** The one thing that most people want of the run as it is. */
function First({ run, attempt, primary, acts, busy }: FirstProps) {
  const number = attempt.number === run.attempt ? undefined : attempt.number
  switch (primary) {
    case null:
      return null
    case 'copy':
      return <CopyErrorButton id={run.id} attempt={attempt.number} primary />
    case 'log':
      return (
        <Link className="btn primary" href={paths.log(run.id, { attempt: number })}>
          {said.viewLog}
        </Link>
      )
    case 'again':
      return (
        <button type="button" className="btn primary" onClick={acts.again}>
          {said.again}
        </button>
      )
    case 'retry':
      return (
        <button type="button" className="btn primary" disabled={busy} onClick={acts.retry}>
          {said.retry}
        </button>
      )
  }
}

/** When the button that had the focus goes with the run's end, what stands there now takes it. */
function useKeptFocus(final: boolean) {
  const box = useRef<HTMLDivElement>(null)
  const before = useRef(final)
  useEffect(() => {
    const ended = final && !before.current
    before.current = final
    if (ended && document.activeElement === document.body)
      box.current?.querySelector<HTMLElement>('button, a')?.focus({ preventScroll: true })
  }, [final])
  return box
}

type StopProps = { run: RunDetail; busy: boolean; onStop: () => void }

/** Stopping stays in sight for as long as there is something to stop. */
function Stop({ run, busy, onStop }: StopProps) {
  return (
    <button type="button" className="btn" disabled={run.stopping || busy} onClick={onStop}>
      {run.stopping ? said.stopping : run.status === 'queued' ? said.cancel : said.stop}
    </button>
  )
}

/** What a completed training was for. */
function Adapter({ run, attempt }: Pick<RunActionsProps, 'run' | 'attempt'>) {
  const isLink = useIsLink()
  if (run.kind !== 'training' || attempt.status !== 'completed' || isLink) return null
  return (
    <a className="btn" href={files.artifacts(run.id, attempt.number)} download>
      {said.adapter}
    </a>
  )
}

/** What can be done with a run in its present status: one thing first, the rest in a menu. */
export function RunActions(props: RunActionsProps) {
  const { run } = props
  const mayWrite = useMayWrite()
  const isLink = useIsLink()
  const [, navigate] = useLocation()
  const [asked, ask] = useState<Asked>(null)
  const cancel = useMutation(cancelRun)
  const retry = useMutation({ ...retryRun, onSuccess: ({ id }) => navigate(paths.run(id)) })
  const error = cancel.error ?? retry.error
  const final = isFinal(run)
  const box = useKeptFocus(final)
  const close = () => ask(null)
  const acts: Acts = {
    retry: () => retry.mutate(run.id),
    again: () => navigate(paths.start(run.id)),
    ask,
  }
  useShortcuts({
    c: async () => {
      if (await copyText(linkTo(run, props.attempt))) say(said.linkCopied)
    },
  })
  const stop = () => {
    close()
    cancel.mutate(run.id)
  }
  return (
    <div className="row" ref={box}>
      {error && (
        <span className={css.error} role="alert">
          {error.message}
        </span>
      )}
      <First
        {...props}
        primary={offered(props.primary, mayWrite)}
        acts={acts}
        busy={retry.isPending}
      />
      {!final && mayWrite && (
        <Stop
          run={run}
          busy={cancel.isPending}
          onStop={run.status === 'running' ? () => ask('stop') : stop}
        />
      )}
      <Adapter {...props} />
      <Menu label={said.moreActions} items={itemsOf(props, acts, { mayWrite, isLink })} />
      <span role="status" className="hidden">
        {final && cancel.isSuccess && said.stopped}
      </span>
      {asked === 'stop' && !final && <StopDialog run={run} onConfirm={stop} onClose={close} />}
      {asked === 'lost' && !final && <LostDialog run={run} onClose={close} />}
      {asked === 'remove' && <RemoveDialog run={run} onClose={close} />}
    </div>
  )
}
