import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from 'wouter'
import type { AuditEntry as Entry } from '~/api/client.ts'
import { auditQuery } from '~/api/queries/system.ts'
import { AnsiText } from '~/log/AnsiText.tsx'
import { paths } from '~/paths.ts'
import { readable } from '~/runs/facts.ts'
import { commonTexts } from '~/texts/common.ts'
import { auditTexts as said } from '~/texts/system.ts'
import { formatDateTime } from '~/ui/format.ts'
import { Part } from '~/ui/States.tsx'
import css from './AuditLog.module.css'
import { inWords } from './browser.ts'

/** Older entries have an error's fingerprint there. */
const isRun = (id: string) => id.startsWith('run_')

function Row({ entry }: { entry: Entry }) {
  const { time, action, user, who, address, run, outcome, detail } = entry
  return (
    <tr>
      <td className="num">{formatDateTime(time)}</td>
      <td className={css.what} title={detail ?? undefined}>
        <AnsiText text={readable(action)} /> <AnsiText text={inWords(detail ?? '')} />
      </td>
      <td>
        <AnsiText text={[...new Set([user, who, address])].filter(Boolean).join(', ')} />
      </td>
      <td className="mono">
        {run && (
          <Link href={isRun(run) ? paths.run(run) : paths.runs({ fingerprint: run })}>
            <AnsiText text={run} />
          </Link>
        )}
      </td>
      <td className={outcome === 'ok' ? undefined : css.refused}>{readable(outcome)}</td>
    </tr>
  )
}

function Table({ entries }: { entries: Entry[] }) {
  const { columns } = said
  return (
    <div className={css.scroll}>
      <table className={`table ${css.table}`}>
        <caption className="hidden">{said.title}</caption>
        <thead>
          <tr>
            <th scope="col">{columns.time}</th>
            <th scope="col">{columns.action}</th>
            <th scope="col">{columns.who}</th>
            <th scope="col">{columns.run}</th>
            <th scope="col">{columns.outcome}</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two entries may say the same at the same time
            <Row key={`${entry.time} ${index}`} entry={entry} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Who did what, and with what result; newest first. */
export function AuditLog() {
  const cursor = new URLSearchParams(useSearch()).get('audit') ?? undefined
  return (
    <section className={css.audit} aria-labelledby="audit">
      <h2 id="audit">{said.title}</h2>
      <Part result={useQuery(auditQuery(cursor))}>
        {({ entries, nextCursor }) => (
          <>
            {entries.length === 0 && <p className="dim">{said.none}</p>}
            {entries.length > 0 && <Table entries={entries} />}
            <p className="row">
              {cursor && <Link href={paths.system('audit')}>{commonTexts.toNewest}</Link>}
              {nextCursor && (
                <Link href={paths.system('audit', nextCursor)}>{commonTexts.older}</Link>
              )}
            </p>
          </>
        )}
      </Part>
    </section>
  )
}
