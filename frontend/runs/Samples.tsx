import { useQuery } from '@tanstack/react-query'
import type { Attempt, RunDetail } from '~/api/client.ts'
import { artifactsQuery, samplesQuery } from '~/api/queries/attempts.ts'
import { AnsiText } from '~/log/AnsiText.tsx'
import { SAMPLES } from '~/paths.ts'
import { sampleTexts as said } from '~/texts/run.ts'
import css from './Samples.module.css'
import { type Sample, toSamples } from './samples.ts'

function Answers({ sample }: { sample: Sample }) {
  const rows = [
    [said.expected, sample.expected],
    [said.before, sample.before],
    [said.after, sample.after],
  ] as const
  return (
    <dl className={css.answers}>
      {rows.map(([label, answer]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            {answer === '' ? (
              <span className="faint">{said.empty}</span>
            ) : (
              <AnsiText text={answer} />
            )}
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** The model's answers before and after training; nothing if there are none. */
export function Samples({ run, attempt }: { run: RunDetail; attempt: Attempt }) {
  const of = { id: run.id, attempt: attempt.number }
  const learnt = run.kind === 'training' && attempt.status === 'completed'
  const files = useQuery({ ...artifactsQuery(of), enabled: learnt })
  const kept = files.data?.artifacts.some(({ path }) => path === SAMPLES) ?? false
  const { data } = useQuery({ ...samplesQuery(of), enabled: learnt && kept })
  const samples = data ? toSamples(data.text) : []
  if (samples.length === 0) return null
  return (
    <section aria-labelledby="samples">
      <h2 id="samples" className={css.heading}>
        {said.title}
      </h2>
      <ol className={css.list}>
        {samples.map((sample, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a list that never changes, in which prompts may repeat
          <li key={place}>
            <p className={css.prompt}>
              <AnsiText text={sample.prompt} />
            </p>
            <Answers sample={sample} />
          </li>
        ))}
      </ol>
    </section>
  )
}
