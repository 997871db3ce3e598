import { useMutation } from '@tanstack/react-query'
import { cancelRun } from '~/api/actions.ts'
import type { Run } from '~/api/client.ts'
import { fixTexts as said } from '~/texts/fixes.ts'
import css from './FixButton.module.css'

/** What the retry policy does about a failed run, and why; a planned retry can be called off. */
export function RetryNote({ run }: { run: Pick<Run, 'id' | 'flags' | 'retryAt'> }) {
  const callOff = useMutation(cancelRun)
  const told = run.flags.find(({ flag }) => flag.startsWith('retry_'))
  if (!told) return null
  return (
    <p className={css.fix}>
      <span>{told.detail}</span>
      {run.retryAt && (
        <button
          type="button"
          className="btn"
          disabled={callOff.isPending}
          onClick={() => callOff.mutate(run.id)}
        >
          {said.callOff}
        </button>
      )}
      <span className={css.error} role="alert">
        {callOff.error?.message}
      </span>
    </p>
  )
}
