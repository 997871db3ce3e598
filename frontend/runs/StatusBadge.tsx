import type { RunStatus } from '~/api/client.ts'
import { statusNames } from '~/texts/common.ts'
import css from './StatusBadge.module.css'

const colours: Record<RunStatus, string | undefined> = {
  queued: css.quiet,
  running: css.running,
  completed: css.completed,
  failed: css.failed,
  cancelled: css.quiet,
  lost: css.lost,
  unknown: css.quiet,
}

export function StatusBadge({ status }: { status: RunStatus }) {
  return <span className={`${css.status} ${colours[status]}`}>{statusNames[status]}</span>
}
