import { useQuery } from '@tanstack/react-query'
import type { Storage as Used } from '~/api/client.ts'
import { storageQuery } from '~/api/queries/system.ts'
import { storageTexts as said } from '~/texts/system.ts'
import { Facts } from '~/ui/Facts.tsx'
import { formatBytes } from '~/ui/format.ts'
import { Part } from '~/ui/States.tsx'
import css from './Storage.module.css'
import { StorageRuns } from './StorageRuns.tsx'

function kept({ keep, olderThanDays }: Used['retention']): string {
  const words = [
    keep === null ? null : said.keepRuns(keep),
    olderThanDays === null ? null : said.keepDays(olderThanDays),
  ].filter((word) => word !== null)
  return words.join(', ') || said.keepAll
}

/** Disk usage, the largest runs, and the retention rules. */
export function Storage() {
  return (
    <section className={css.storage} aria-labelledby="storage">
      <h2 id="storage">{said.title}</h2>
      <Part result={useQuery(storageQuery)}>
        {({ homeBytes, freeBytes, runs, retention }) => (
          <>
            <Facts
              rows={[
                [said.used, homeBytes === null ? said.calculating : formatBytes(homeBytes)],
                [said.free, formatBytes(freeBytes)],
                [said.retention, kept(retention)],
              ]}
            />
            {runs.length > 0 && <StorageRuns runs={runs} />}
          </>
        )}
      </Part>
    </section>
  )
}
