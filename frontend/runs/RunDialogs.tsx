import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useLocation } from 'wouter'
import { giveUpRun, removeRun } from '~/api/actions.ts'
import type { RunDetail } from '~/api/client.ts'
import { artifactsQuery } from '~/api/queries/attempts.ts'
import { paths } from '~/paths.ts'
import { commonTexts } from '~/texts/common.ts'
import { runTexts as said } from '~/texts/run.ts'
import { Dialog } from '~/ui/Dialog.tsx'
import { formatElapsed, NONE } from '~/ui/format.ts'
import { useNow } from '~/ui/now.ts'
import { nameOf } from './facts.ts'
import css from './RunActions.module.css'

type AskProps = {
  title: string
  confirm: string
  keep: string
  pending?: boolean
  error?: Error | null
  onConfirm: () => void
  onClose: () => void
  children: ReactNode
}

/** Asks before something that cannot be undone. */
function Ask({ title, confirm, keep, pending, error, onConfirm, onClose, children }: AskProps) {
  const button = (
    <button type="button" className="btn danger" disabled={pending} onClick={onConfirm}>
      {confirm}
    </button>
  )
  return (
    <Dialog title={title} onClose={onClose} actions={button} closeLabel={keep}>
      {children}
      <p className={css.error} role="alert">
        {error?.message}
      </p>
    </Dialog>
  )
}

type DialogProps = { run: RunDetail; onClose: () => void }

/** Deletes a run for good. */
export function RemoveDialog({ run, onClose }: DialogProps) {
  const [, navigate] = useLocation()
  const queries = useQueryClient()
  const remove = useMutation({
    ...removeRun,
    onSuccess: () => {
      navigate(paths.runs(), { replace: true })
      queries.removeQueries({ queryKey: ['run', run.id] })
    },
  })
  return (
    <Ask
      title={said.removeTitle}
      confirm={said.remove}
      keep={commonTexts.cancel}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(run.id)}
      onClose={onClose}
    >
      <p>{said.removeExplain(nameOf(run), run.logBytes)}</p>
    </Ask>
  )
}

/** The newest checkpoint of a run by its step; null where it has saved none. */
function useCheckpoint(run: RunDetail): number | null {
  const { data } = useQuery(artifactsQuery({ id: run.id, attempt: run.attempt }))
  const steps = (data?.artifacts ?? []).map(({ path }) =>
    Number(/(?:^|\/)checkpoint-(\d+)\//.exec(path)?.[1] ?? Number.NaN),
  )
  const known = steps.filter(Number.isFinite)
  return known.length > 0 ? Math.max(...known) : null
}

/** Asks before a run is stopped, as hours of training may end with it, and says what is kept. */
export function StopDialog({ run, onConfirm, onClose }: DialogProps & { onConfirm: () => void }) {
  const spent = formatElapsed(run, useNow())
  const checkpoint = useCheckpoint(run)
  return (
    <Ask
      title={said.stopTitle}
      confirm={said.stop}
      keep={said.keepRunning}
      onConfirm={onConfirm}
      onClose={onClose}
    >
      <p>{said.stopExplain(nameOf(run), spent === NONE ? null : spent)}</p>
      <p>{said.stopKeeps(checkpoint)}</p>
    </Ask>
  )
}

/** Asks before a run that cannot be seen from here is called lost. */
export function LostDialog({ run, onClose }: DialogProps) {
  const giveUp = useMutation({ ...giveUpRun, onSuccess: onClose })
  return (
    <Ask
      title={said.lostTitle}
      confirm={said.callLost}
      keep={commonTexts.cancel}
      pending={giveUp.isPending}
      error={giveUp.error}
      onConfirm={() => giveUp.mutate(run.id)}
      onClose={onClose}
    >
      <p>{said.callLostExplain(nameOf(run), run.host)}</p>
    </Ask>
  )
}
