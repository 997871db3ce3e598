import { useQuery } from '@tanstack/react-query'
import { type AttemptId, artifactsQuery } from '~/api/queries/attempts.ts'
import { AnsiText } from '~/log/AnsiText.tsx'
import { files } from '~/paths.ts'
import { copyTexts } from '~/texts/common.ts'
import { artifactTexts as said } from '~/texts/run.ts'
import { CopyButton } from '~/ui/CopyButton.tsx'
import { formatBytes } from '~/ui/format.ts'
import css from './Artifacts.module.css'

function Sum({ path, sha256 }: { path: string; sha256: string | null }) {
  if (!sha256) return <span className="faint">{said.summing}</span>
  return (
    <span className={css.sum}>
      <code title={sha256}>{sha256.slice(0, 12)}…</code>
      <CopyButton className="link" label={copyTexts.copy} what={said.sumOf(path)} text={sha256} />
    </span>
  )
}

/** The artifacts of an attempt, with checksums; nothing if there are none. */
export function Artifacts({ of }: { of: AttemptId }) {
  const { data } = useQuery(artifactsQuery(of))
  if (!data || data.artifacts.length === 0) return null
  return (
    <section aria-labelledby="artifacts">
      <h2 id="artifacts" className={css.heading}>
        {said.title}
      </h2>
      <ul className={css.list}>
        {data.artifacts.map(({ path, bytes, sha256 }) => (
          <li key={path}>
            <a href={files.artifact(of.id, path, of.attempt)} download>
              <AnsiText text={path} />
            </a>
            <span className={css.size}>{formatBytes(bytes)}</span>
            <Sum path={path} sha256={sha256} />
          </li>
        ))}
      </ul>
      {data.total > data.artifacts.length && (
        <p className="faint">{said.more(data.total - data.artifacts.length)}</p>
      )}
    </section>
  )
}
