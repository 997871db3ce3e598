import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { MergedLine, RunDetail } from '~/api/client.ts'
import { mergedLogQuery } from '~/api/queries/logs.ts'
import { isFinal } from '~/api/queries/runs.ts'
import { paths } from '~/paths.ts'
import { calledOf, nameOf } from '~/runs/facts.ts'
import { logTexts } from '~/texts/log.ts'
import { rankTexts as said } from '~/texts/ranks.ts'
import { With } from '~/ui/States.tsx'
import { Title } from '~/ui/Title.tsx'
import { AnsiText } from './AnsiText.tsx'
import page from './LogPage.module.css'
import tail from './LogTail.module.css'
import { LogTitle } from './LogTitle.tsx'
import css from './MergedLog.module.css'
import { RankSwitch } from './RankSwitch.tsx'

type Place = { run: RunDetail; attempt: number | undefined }

/** One line, with whose it is; its number leads to its place in that rank's log. */
function Row({ line, run, attempt }: Place & { line: MergedLine }) {
  const { number, rank, text } = line
  const href = paths.log(run.id, { attempt, rank, lines: { first: number, last: number } })
  return (
    <li>
      <Link
        href={href}
        className={`${tail.number} ${css.place}`}
        aria-label={said.place(rank, number)}
      >
        {rank}:{number}
      </Link>
      <span className={tail.text}>
        <AnsiText text={text} />
      </span>
    </li>
  )
}

/** The last lines of all ranks by time: for display, each rank has its own log. */
export function MergedLog({ run, attempt }: Place) {
  const lines = useQuery(mergedLogQuery({ id: run.id, attempt }, !isFinal(run)))
  return (
    <>
      <Title text={`${logTexts.title} · ${calledOf(run) ?? run.id}`} />
      <div className={page.head}>
        <LogTitle run={run} attempt={attempt} />
      </div>
      <RankSwitch run={run} attempt={attempt} rank="all" />
      <With result={lines}>
        {(found) => (
          <>
            <p className="dim">{said.onlyShown(found.lines.length)}</p>
            <section aria-label={logTexts.region(nameOf(run))}>
              <ol className={`${tail.view} ${css.lines}`}>
                {found.lines.map((line) => (
                  <Row
                    key={`${line.rank} ${line.offset}`}
                    line={line}
                    run={run}
                    attempt={attempt}
                  />
                ))}
              </ol>
            </section>
          </>
        )}
      </With>
    </>
  )
}
