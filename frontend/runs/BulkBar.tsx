import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { removeRun, retryRun } from '~/api/actions.ts'
import type { Run } from '~/api/client.ts'
import { isFinal, isRetriable } from '~/api/queries/runs.ts'
import { BulkTag } from '~/labels/BulkTag.tsx'
import { paths } from '~/paths.ts'
import { useMayWrite } from '~/people/me.ts'
import { commonTexts } from '~/texts/common.ts'
import { MOST_COMPARED } from '~/texts/compare.ts'
import { runTexts } from '~/texts/run.ts'
import { bulkTexts as said } from '~/texts/runs.ts'
import { Dialog } from '~/ui/Dialog.tsx'
import { formatBytes } from '~/ui/format.ts'
import { say } from '~/ui/toasts.ts'
import css from './BulkBar.module.css'
import { Names } from './Names.tsx'

/** One after the other: each is a decision of the server's own, and may be refused alone. */
async function each(runs: Run[], act: (id: string) => Promise<unknown>): Promise<string[]> {
  const refused: string[] = []
  for (const { id } of runs) {
    try {
      await act(id)
    } catch (error) {
      refused.push(`${id}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return refused
}

const mayRetry = (run: Run) => isRetriable(run) && run.status !== 'completed'

type ConfirmProps = { runs: Run[]; onConfirm: () => void; onClose: () => void; busy: boolean }

function Confirm({ runs, onConfirm, onClose, busy }: ConfirmProps) {
  const bytes = runs.reduce((sum, { logBytes }) => sum + logBytes, 0)
  return (
    <Dialog
      title={said.removeTitle(runs.length)}
      onClose={onClose}
      closeLabel={commonTexts.cancel}
      actions={
        <button type="button" className="btn danger" disabled={busy} onClick={onConfirm}>
          {runTexts.remove}
        </button>
      }
    >
      <Names runs={runs} />
      <p>{said.removeExplain(runs.length, formatBytes(bytes))}</p>
    </Dialog>
  )
}

type BulkBarProps = { runs: Run[]; onClear: () => void }

/** What can be done with the selected runs at once. */
export function BulkBar({ runs, onClear }: BulkBarProps) {
  const [asking, setAsking] = useState(false)
  const [refused, setRefused] = useState<string[]>([])
  const { mutateAsync: remove, isPending: removing } = useMutation(removeRun)
  const { mutateAsync: retry, isPending: retrying } = useMutation(retryRun)
  const [, navigate] = useLocation()
  const comparable = runs.length > 1 && runs.length <= MOST_COMPARED
  const mayWrite = useMayWrite()
  const final = runs.filter(isFinal)
  const retriable = runs.filter(mayRetry)
  const done = (what: string) => (failed: string[]) => {
    setAsking(false)
    setRefused(failed)
    if (failed.length > 0) return
    say(what)
    onClear()
  }
  if (runs.length === 0) return null
  return (
    <section className={css.bar} aria-label={said.label}>
      <span className="num">{said.selected(runs.length)}</span>
      <button
        type="button"
        className="btn"
        disabled={!comparable}
        title={comparable ? undefined : said.noCompare}
        onClick={() => navigate(paths.compare(runs.map(({ id }) => id).reverse()))}
      >
        {said.compare}
      </button>
      <BulkTag runs={runs} />
      <button
        type="button"
        className="btn"
        hidden={!mayWrite}
        disabled={retriable.length === 0 || retrying}
        title={retriable.length === 0 ? said.noRetry : undefined}
        onClick={() =>
          void each(retriable, (id) => retry(id)).then(done(said.retried(retriable.length)))
        }
      >
        {said.retry(retriable.length)}
      </button>
      <button
        type="button"
        className="btn danger"
        hidden={!mayWrite}
        disabled={final.length === 0}
        onClick={() => setAsking(true)}
      >
        {said.remove(final.length)}
      </button>
      <button type="button" className="link" onClick={onClear}>
        {commonTexts.clearSelection}
      </button>
      {refused.length > 0 && (
        <span className={css.error} role="alert">
          {refused.join(' · ')}
        </span>
      )}
      {asking && (
        <Confirm
          runs={final}
          busy={removing}
          onClose={() => setAsking(false)}
          onConfirm={() =>
            void each(final, (id) => remove(id)).then(done(said.removed(final.length)))
          }
        />
      )}
    </section>
  )
}
