import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { Alternative, Diagnosis } from '~/api/client.ts'
import { diagnosisQuery } from '~/api/queries.ts'
import { AnsiText } from '~/log/AnsiText.tsx'
import { paths } from '~/paths.ts'
import { Command } from '~/ui/States.tsx'
import { texts } from '~/ui/texts.ts'
import css from './Failure.module.css'

const said = texts.run

type Where = { id: string; attempt: number; newest: boolean }

function Evidence({ lines, where }: { lines: Diagnosis['evidence']; where: Where }) {
  if (lines.length === 0) return null
  const attempt = where.newest ? undefined : where.attempt
  return (
    <ul className={css.evidence} aria-label={said.evidence}>
      {lines.map(({ line, text }) => (
        <li key={`${line} ${text}`}>
          {line !== null && (
            <Link href={paths.log(where.id, { attempt, lines: { first: line, last: line } })}>
              {said.line(line)}
            </Link>
          )}
          <span>
            <AnsiText text={text} />
          </span>
        </li>
      ))}
    </ul>
  )
}

function AdviceList({ advice }: { advice: Diagnosis['advice'] }) {
  if (advice.length === 0) return null
  return (
    <>
      <h3>{said.whatToDo}</h3>
      <ol className={css.advice}>
        {advice.map(({ text, command }) => (
          <li key={text}>
            {text}
            {command && (
              <div className={css.command}>
                <Command text={command} />
              </div>
            )}
          </li>
        ))}
      </ol>
    </>
  )
}

/** The exceptions that led to the last one, where there was more than that. */
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
  const attempt = where.newest ? undefined : where.attempt
  return (
    <>
      <h3>{said.alternatives}</h3>
      <ul className={css.alternatives}>
        {alternatives.map(({ cause, title, why, line }) => (
          <li key={cause}>
            <b>{title}</b> <span className="dim">{why}</span>{' '}
            {line !== null && (
              <Link href={paths.log(where.id, { attempt, lines: { first: line, last: line } })}>
                {said.line(line)}
              </Link>
            )}
          </li>
        ))}
      </ul>
    </>
  )
}

function Explained({ diagnosis, where }: { diagnosis: Diagnosis; where: Where }) {
  const { userFrame: frame, confidence } = diagnosis
  return (
    <>
      <h2 className={css.title}>
        {diagnosis.title} <span className={css.confidence}>{said.confidence[confidence]}</span>
      </h2>
      <p className={css.headline}>
        <AnsiText text={diagnosis.headline} />
      </p>
      {frame && <p className="dim mono">{said.frame(frame.file, frame.line, frame.function)}</p>}
      <Evidence lines={diagnosis.evidence} where={where} />
      <AdviceList advice={diagnosis.advice} />
      <Chain chain={diagnosis.chain} />
      <Alternatives alternatives={diagnosis.alternatives} where={where} />
    </>
  )
}

/** Why an attempt failed, what shows it, and what to do. */
export function Failure(where: Where) {
  const { data, error } = useQuery(diagnosisQuery(where))
  if (error && !data) return <p role="alert">{error.message}</p>
  return (
    <section className={css.failure} aria-busy={!data}>
      {data ? <Explained diagnosis={data} where={where} /> : texts.loading}
    </section>
  )
}
