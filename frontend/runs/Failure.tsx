import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { Alternative, Changes, Diagnosis } from '~/api/client.ts'
import { diagnosisQuery } from '~/api/queries/attempts.ts'
import { AnsiText } from '~/log/AnsiText.tsx'
import { paths } from '~/paths.ts'
import { commonTexts } from '~/texts/common.ts'
import { runTexts as said } from '~/texts/run.ts'
import { Command } from '~/ui/Command.tsx'
import { Prose } from '~/ui/Prose.tsx'
import css from './Failure.module.css'
import { FixButton } from './FixButton.tsx'
import { headlineOf } from './preview.ts'
import { WhatChanged } from './WhatChanged.tsx'

type Where = { id: string; attempt: number; newest: boolean }

type Shown = { line: number | null; text: string }

/** A link to a line of the log; evidence from outside the log has none. */
function LineLink({ line, where }: { line: number | null; where: Where }) {
  if (!line) return null
  const attempt = where.newest ? undefined : where.attempt
  return (
    <Link href={paths.log(where.id, { attempt, lines: { first: line, last: line } })}>
      {said.line(line)}
    </Link>
  )
}

const saysOnly = (headline: string, { text }: Shown) =>
  text.trim().replace(/\.$/, '') === headline.trim().replace(/\.$/, '')

function Evidence({ lines, where }: { lines: Shown[]; where: Where }) {
  if (lines.length === 0) return null
  return (
    <ul className={css.evidence} aria-label={said.evidence}>
      {lines.map(({ line, text }) => (
        <li key={`${line} ${text}`}>
          <LineLink line={line} where={where} />
          <span>
            <AnsiText text={text} />
          </span>
        </li>
      ))}
    </ul>
  )
}

function AdviceList({ advice, id }: { advice: Diagnosis['advice']; id: string }) {
  if (advice.length === 0) return null
  return (
    <div>
      <h3>{said.nextSteps}</h3>
      <ol className={css.advice}>
        {advice.map((item) => (
          <li key={item.text}>
            <Prose text={item.text} />
            {item.command && !(item.fix && 'set' in item.fix) && (
              <div className={css.command}>
                <Command text={item.command} />
              </div>
            )}
            <FixButton id={id} advice={item} />
          </li>
        ))}
      </ol>
    </div>
  )
}

/** The exceptions up to the last one, if there was more than one. */
function Chain({ chain }: { chain: Diagnosis['chain'] }) {
  if (chain.length < 2) return null
  return (
    <>
      <h3>{said.chain}</h3>
      <ol className={css.chain}>
        {chain.map(({ type, message, relation }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a chain never changes, and may repeat itself
          <li key={index}>
            <b>{type}</b>
            {message && `: ${message}`} <span className="faint">{relation}</span>
          </li>
        ))}
      </ol>
    </>
  )
}

/** Other causes that the evidence does not rule out, most likely first. */
function Alternatives({ alternatives, where }: { alternatives: Alternative[]; where: Where }) {
  if (alternatives.length === 0) return null
  return (
    <>
      <h3>{said.alternatives}</h3>
      <ul className={css.alternatives}>
        {alternatives.map(({ cause, title, why, line }) => (
          <li key={cause}>
            <b>{title}</b>{' '}
            <span className="dim">
              <Prose text={why} />
            </span>{' '}
            <LineLink line={line} where={where} />
          </li>
        ))}
      </ul>
    </>
  )
}

/** A headline of so many characters may have more lines than it is given room for. */
const LONG = 300

/** Whether the headline says more than the title: how a run ended that printed nothing does not. */
const isTelling = (diagnosis: Diagnosis) =>
  headlineOf(diagnosis) !== null && !(diagnosis.cause === 'unknown' && !diagnosis.traceback)

type FailureProps = Where & {
  changes: Changes | null
  /** Who failed first, of a run of several ranks. */
  first: ReactNode
}

function Explained({ diagnosis, where }: { diagnosis: Diagnosis; where: FailureProps }) {
  const { userFrame: frame, cause, confidence, headline, evidence } = diagnosis
  const isGuess = confidence === 'unknown' && cause !== 'unknown'
  const repeats = (line: Shown) => saysOnly(headline, line)
  const at = evidence.find(repeats)?.line || null
  return (
    <>
      <h2 className={css.title}>
        {diagnosis.title}{' '}
        <span className={css.confidence}>
          {isGuess ? said.confidence.possible : said.confidence[confidence]}
        </span>
      </h2>
      {isTelling(diagnosis) && (
        <p
          // A region that scrolls must be reachable by keyboard (axe: scrollable-region-focusable).
          tabIndex={headline.length > LONG ? 0 : undefined}
          className={diagnosis.traceback ? css.headline : css.unprinted}
        >
          <AnsiText text={headline} />
        </p>
      )}
      {where.first}
      {diagnosis.means && (
        <p className={css.means}>
          <Prose text={[diagnosis.means, diagnosis.why].filter(Boolean).join(' ')} />
        </p>
      )}
      {(frame || at !== null) && (
        <p className={css.place}>
          {frame && <span>{said.frame(frame.file, frame.line, frame.function)}</span>}
          <LineLink line={at} where={where} />
        </p>
      )}
      <Evidence lines={evidence.filter((line) => !repeats(line))} where={where} />
      {diagnosis.cutShort && (
        <p className="dim">
          <Prose text={diagnosis.cutShort} />
        </p>
      )}
      <div className={css.columns}>
        {where.changes && <WhatChanged id={where.id} changes={where.changes} />}
        <AdviceList advice={diagnosis.advice} id={where.id} />
      </div>
      <Chain chain={diagnosis.chain} />
      <Alternatives alternatives={diagnosis.alternatives} where={where} />
    </>
  )
}

/** Why an attempt failed: cause, evidence and next steps. */
export function Failure(where: FailureProps) {
  const { data, error } = useQuery(diagnosisQuery(where))
  if (error && !data) return <p role="alert">{error.message}</p>
  return (
    <section className={css.failure} aria-busy={!data}>
      {data ? <Explained diagnosis={data} where={where} /> : commonTexts.loading}
    </section>
  )
}
