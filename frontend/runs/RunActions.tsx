import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { cancelRun, giveUpRun, removeRun, retryRun } from '~/api/actions.ts'
import type { RunDetail } from '~/api/client.ts'
import { isFinal } from '~/api/queries/runs.ts'
import { paths } from '~/paths.ts'
import { commonTexts } from '~/texts/common.ts'
import { runTexts as said } from '~/texts/run.ts'
import { Dialog } from '~/ui/Dialog.tsx'
import { formatElapsed, NONE } from '~/ui/format.ts'
import { useNow } from '~/ui/now.ts'
import { nameOf } from './facts.ts'
import css from './RunActions.module.css'

function RemoveDialog({ run, onClose }: { run: RunDetail; onClose: () => void }) {
  const [, navigate] = useLocation()
  const queries = useQueryClient()
  const remove = useMutation({
    ...removeRun,
    onSuccess: () => {
      navigate(paths.runs(), { replace: true })
      queries.removeQueries({ queryKey: ['run', run.id] })
    },
  })
  const confirm = (
    <button
      type="button"
      className="btn danger"
      disabled={remove.isPending}
      onClick={() => remove.mutate(run.id)}
    >
      {said.remove}
    </button>
  )
  return (
    <Dialog
      title={said.removeTitle}
      onClose={onClose}
      actions={confirm}
      closeLabel={commonTexts.cancel}
    >
      <p>{said.removeExplain(nameOf(run), run.logBytes)}</p>
      <p className={css.error} role="alert">
        {remove.error?.message}
      </p>
    </Dialog>
  )
}

type CancelDialogProps = { run: RunDetail; onConfirm: () => void; onClose: () => void }

/** Asks first: hours of training may end with it. */
function CancelDialog({ run, onConfirm, onClose }: CancelDialogProps) {
  const spent = formatElapsed(run, useNow())
  const confirm = (
    <button type="button" className="btn danger" onClick={onConfirm}>
      {said.stop}
    </button>
  )
  return (
    <Dialog
      title={said.cancelTitle}
      onClose={onClose}
      actions={confirm}
      closeLabel={said.keepRunning}
    >
      <p>{said.cancelExplain(nameOf(run), spent === NONE ? null : spent)}</p>
    </Dialog>
  )
}

type LostDialogProps = { run: RunDetail; onConfirm: () => void; onClose: () => void }

/** Asks first: nobody here knows how it ends. */
function LostDialog({ run, onConfirm, onClose }: LostDialogProps) {
  const confirm = (
    <button type="button" className="btn danger" onClick={onConfirm}>
      {said.callLost}
    </button>
  )
  return (
    <Dialog
      title={said.callLostTitle}
      onClose={onClose}
      actions={confirm}
      closeLabel={commonTexts.cancel}
    >
      <p>{said.callLostExplain(nameOf(run), run.host)}</p>
    </Dialog>
  )
}

/** Whether what runs cannot be seen from the server: only a person can say that it is gone. */
const isOutOfSight = (run: RunDetail) =>
  run.status === 'running' &&
  (run.outOfContact || run.flags.some(({ flag }) => flag === 'on_another_host'))

/** What can be done with a run in its present status. */
export function RunActions({ run }: { run: RunDetail }) {
  const [, navigate] = useLocation()
  const [removing, setRemoving] = useState(false)
  const [asking, setAsking] = useState(false)
  const cancel = useMutation(cancelRun)
  const [doubting, setDoubting] = useState(false)
  const giveUp = useMutation(giveUpRun)
  const retry = useMutation({ ...retryRun, onSuccess: ({ id }) => navigate(paths.run(id)) })
  const error = cancel.error ?? giveUp.error ?? retry.error
  const final = isFinal(run)
  return (
    <div className="row">
      {error && (
        <span className={css.error} role="alert">
          {error.message}
        </span>
      )}
      {!final && (
        <button
          type="button"
          className="btn"
          disabled={run.stopping || cancel.isPending}
          onClick={() => (run.status === 'running' ? setAsking(true) : cancel.mutate(run.id))}
        >
          {run.stopping ? said.stopping : said.cancel}
        </button>
      )}
      {isOutOfSight(run) && (
        <button
          type="button"
          className="btn"
          disabled={giveUp.isPending}
          onClick={() => setDoubting(true)}
        >
          {said.callLost}
        </button>
      )}
      {doubting && !final && (
        <LostDialog
          run={run}
          onConfirm={() => {
            setDoubting(false)
            giveUp.mutate(run.id)
          }}
          onClose={() => setDoubting(false)}
        />
      )}
      {run.kind === 'training' && (
        <button type="button" className="btn" onClick={() => navigate(paths.start(run.id))}>
          {said.again}
        </button>
      )}
      {final && run.status !== 'completed' && run.kind === 'training' && (
        <button
          type="button"
          className="btn"
          disabled={retry.isPending}
          onClick={() => retry.mutate(run.id)}
        >
          {said.retry}
        </button>
      )}
      {final && (
        <button type="button" className="btn" onClick={() => setRemoving(true)}>
          {said.remove}
        </button>
      )}
      {asking && !final && (
        <CancelDialog
          run={run}
          onConfirm={() => {
            setAsking(false)
            cancel.mutate(run.id)
          }}
          onClose={() => setAsking(false)}
        />
      )}
      {removing && <RemoveDialog run={run} onClose={() => setRemoving(false)} />}
    </div>
  )
}
