import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { removeRuns } from '~/api/actions.ts'
import type { Storage } from '~/api/client.ts'
import { isFinal } from '~/api/queries/runs.ts'
import { useMayWrite } from '~/people/me.ts'
import { Names } from '~/runs/Names.tsx'
import { storageTexts as said } from '~/texts/system.ts'
import { Dialog } from '~/ui/Dialog.tsx'
import { formatBytes } from '~/ui/format.ts'
import { say } from '~/ui/toasts.ts'
import css from './Storage.module.css'

export type Size = Storage['runs'][number]

export const canGo = ({ status }: Size) => status !== null && isFinal({ status })
const sizeOf = (runs: Size[]) => formatBytes(runs.reduce((sum, { bytes }) => sum + bytes, 0))

type ConfirmProps = { runs: Size[]; busy: boolean; onConfirm: () => void; onClose: () => void }

function Confirm({ runs, busy, onConfirm, onClose }: ConfirmProps) {
  return (
    <Dialog
      title={said.removeTitle(runs.length)}
      onClose={onClose}
      closeLabel={said.keep}
      actions={
        <button type="button" className="btn danger" disabled={busy} onClick={onConfirm}>
          {said.remove(runs.length, sizeOf(runs))}
        </button>
      }
    >
      <Names runs={runs} most={runs.length} />
      <p>{said.removeExplain(runs.length, sizeOf(runs))}</p>
    </Dialog>
  )
}

type DeleteProps = { runs: Size[]; ticked?: Size[]; onDone?: () => void }

/** Deletes the ticked ones of the largest runs; while none is ticked, all that have ended and no star. */
export function DeleteRuns({ runs, ticked = [], onDone }: DeleteProps) {
  const [asked, setAsked] = useState<Size[] | null>(null)
  const mayWrite = useMayWrite()
  const remove = useMutation({
    ...removeRuns,
    onSuccess: (refused) => {
      setAsked(null)
      if (refused.length > 0 || !asked) return
      say(said.removed(asked.length, sizeOf(asked)))
      onDone?.()
    },
  })
  const all = runs.filter((run) => canGo(run) && !run.starred)
  const chosen = ticked.length > 0 ? ticked : all
  const room = all.length > 0 ? said.freeUp(sizeOf(all)) : said.nothing
  return (
    <>
      <button
        type="button"
        className={ticked.length > 0 ? 'btn danger' : 'btn'}
        hidden={!mayWrite}
        aria-haspopup="dialog"
        aria-disabled={chosen.length === 0}
        onClick={() => chosen.length > 0 && setAsked(chosen)}
      >
        {ticked.length > 0 ? said.remove(ticked.length, sizeOf(ticked)) : room}
      </button>
      {remove.data && remove.data.length > 0 && (
        <span className={css.refused} role="alert">
          {remove.data.join(' · ')}
        </span>
      )}
      {asked && (
        <Confirm
          runs={asked}
          busy={remove.isPending}
          onConfirm={() => remove.mutate(asked.map(({ id }) => id))}
          onClose={() => setAsked(null)}
        />
      )}
    </>
  )
}
