import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { Storage as Used } from '~/api/client.ts'
import { storageQuery } from '~/api/queries/system.ts'
import { paths } from '~/paths.ts'
import { storageTexts as said } from '~/texts/system.ts'
import { Facts } from '~/ui/Facts.tsx'
import { formatBytes } from '~/ui/format.ts'
import { Part } from '~/ui/States.tsx'
import { DeleteRuns } from './DeleteRuns.tsx'
import css from './Storage.module.css'
import { StorageRuns } from './StorageRuns.tsx'

function kept({ keep, olderThanDays }: Used['retention']): string {
  const words = [
    keep === null ? null : said.keepRuns(keep),
    olderThanDays === null ? null : said.keepDays(olderThanDays),
  ].filter((word) => word !== null)
  return words.join(', ') || said.keepAll
}

/** Disk usage and the retention rules; then the largest runs, in brief only a way to delete them. */
export function Storage({ brief = false }: { brief?: boolean }) {
  return (
    <section className={brief ? css.brief : css.storage} aria-labelledby="storage">
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
            {runs.length > 0 && !brief && <StorageRuns runs={runs} />}
            {runs.length > 0 && brief && (
              <div className={css.bar}>
                <DeleteRuns runs={runs} />
                <Link href={paths.system('storage')}>{said.list}</Link>
              </div>
            )}
          </>
        )}
      </Part>
    </section>
  )
}
