import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { retryWith } from '~/api/actions.ts'
import type { Advice, FixOfSpec } from '~/api/client.ts'
import { runQuery } from '~/api/queries/runs.ts'
import { paths } from '~/paths.ts'
import { useMayWrite } from '~/people/me.ts'
import { CheckSettings } from '~/start/CheckSettings.tsx'
import { commonTexts } from '~/texts/common.ts'
import { fixTexts as said } from '~/texts/fixes.ts'
import { Dialog } from '~/ui/Dialog.tsx'
import { Words } from '~/ui/Words.tsx'
import { Changes } from './Changed.tsx'
import css from './FixButton.module.css'

/** The settings of the next attempt: what is not set has its default. */
function after(spec: Record<string, unknown>, set: Record<string, unknown>) {
  const given = Object.entries({ ...spec, ...set }).filter(([, value]) => value !== null)
  return Object.fromEntries(given)
}

/** The doctor's verdict on the settings as the fix would have them. */
function Verdict({ id, fix }: { id: string; fix: FixOfSpec }) {
  const { data } = useQuery(runQuery(id))
  if (data?.kind !== 'training') return null
  return <CheckSettings spec={after(data.spec, fix.set)} refused={undefined} />
}

type FixDialogProps = { id: string; fix: FixOfSpec; onClose: () => void }

/** Shows what a retry would change, what that does, and whether it could start; then asks. */
function FixDialog({ id, fix, onClose }: FixDialogProps) {
  const [, navigate] = useLocation()
  const retry = useMutation({ ...retryWith, onSuccess: () => navigate(paths.run(id)) })
  const confirm = (
    <button
      type="button"
      className="btn primary"
      data-autofocus
      disabled={retry.isPending}
      onClick={() => retry.mutate({ id, fix: fix.number })}
    >
      {said.confirm}
    </button>
  )
  return (
    <Dialog title={said.title} onClose={onClose} actions={confirm} closeLabel={commonTexts.cancel}>
      <Changes set={fix.set} before={fix.before} />
      <p>{fix.keeps ? said.keeps(fix.keeps) : fix.effect}</p>
      <Verdict id={id} fix={fix} />
      <p className={css.error} role="alert">
        {retry.error?.message}
      </p>
    </Dialog>
  )
}

/** Of an advice: how often its change has worked here, and a button that makes it. */
export function FixButton({ id, advice: { fix, worked } }: { id: string; advice: Advice }) {
  const [asking, setAsking] = useState(false)
  const mayWrite = useMayWrite()
  if (fix === null) return null
  return (
    <p className={css.fix}>
      {'set' in fix && mayWrite ? (
        <button type="button" className="btn" onClick={() => setAsking(true)}>
          {said.retryWith(fix.label)}
        </button>
      ) : (
        <span>
          <Words text={fix.label} />
        </span>
      )}
      <span className="dim">{fix.keeps ? said.keeps(fix.keeps) : fix.effect}</span>
      {worked && worked.of > 0 && <span className="dim">{said.worked(worked)}</span>}
      {asking && 'set' in fix && <FixDialog id={id} fix={fix} onClose={() => setAsking(false)} />}
    </p>
  )
}
