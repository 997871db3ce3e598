import type { Attempt, RunDetail } from '~/api/client.ts'
import { isRetriable } from '~/api/queries/runs.ts'

/** What a run's page offers first; everything else is in the menu beside it. */
export type Primary = 'copy' | 'log' | 'again' | 'retry' | null

/**
 * What most people want of an attempt in its status.
 *
 * `printed`: whether its log holds an error; undefined while that is not known.
 */
export function primaryOf(
  run: Pick<RunDetail, 'kind' | 'attempt' | 'status' | 'executor'>,
  attempt: Pick<Attempt, 'number' | 'status'>,
  printed: boolean | undefined,
): Primary {
  const newest = attempt.number === run.attempt
  switch (attempt.status) {
    case 'queued':
      return null
    case 'running':
      return 'log'
    case 'completed':
      return newest && run.kind === 'training' ? 'again' : 'log'
    case 'cancelled':
      return newest && isRetriable(run) ? 'retry' : 'log'
    case 'failed':
    case 'lost':
    case 'unknown':
      return printed === false ? 'log' : 'copy'
  }
}
