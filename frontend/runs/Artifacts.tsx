import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type AttemptId, artifactsQuery } from '~/api/queries/attempts.ts'
import { AnsiText } from '~/log/AnsiText.tsx'
import { legible } from '~/log/ansi.ts'
import { files } from '~/paths.ts'
import { copyTexts } from '~/texts/common.ts'
import { artifactTexts as said } from '~/texts/run.ts'
import { CopyButton } from '~/ui/CopyButton.tsx'
import { formatBytes } from '~/ui/format.ts'
import { LaterPart } from '~/ui/LaterPage.tsx'
import css from './Artifacts.module.css'
import { isShown } from './shown.ts'

function Sum({ path, sha256 }: { path: string; sha256: string | null }) {
  if (!sha256) return <span className="faint">{said.summing}</span>
  return (
    <span className={css.sum}>
      <code title={sha256}>{sha256.slice(0, 12)}…</code>
      <CopyButton className="link" label={copyTexts.copy} what={said.sumOf(path)} text={sha256} />
    </span>
  )
}

type FileProps = { of: AttemptId; path: string; bytes: number; sha256: string | null }

/** One file; a small text or a picture is shown in place. */
function File({ of, path, bytes, sha256 }: FileProps) {
  const [open, setOpen] = useState(false)
  return (
    <li>
      <span className={css.file}>
        <a href={files.artifact(of.id, path, of.attempt)} download>
          <AnsiText text={path} />
        </a>
        {isShown(path, bytes) && (
          <button
            type="button"
            className="link"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            {open ? said.hide : said.preview}
            <span className="hidden">{said.ofFile(path)}</span>
          </button>
        )}
      </span>
      <span className={css.size}>{formatBytes(bytes)}</span>
      <Sum path={path} sha256={sha256} />
      {open && (
        <div className={css.preview}>
          <LaterPart>{({ ArtifactPreview }) => <ArtifactPreview of={of} path={path} />}</LaterPart>
        </div>
      )}
    </li>
  )
}

/** The artifacts of an attempt, with checksums; nothing if there are none. */
export function Artifacts({ of, folder }: { of: AttemptId; folder: string | null }) {
  const { data } = useQuery(artifactsQuery(of))
  if (!data || data.artifacts.length === 0) return null
  return (
    <section aria-labelledby="artifacts">
      <div className={css.bar}>
        <h2 id="artifacts">{said.title}</h2>
        {data.total > 1 && (
          <a href={files.artifacts(of.id, of.attempt)} download>
            {said.all}
          </a>
        )}
        {folder && (
          <span className={css.folder}>
            <code>{legible(folder)}</code>
            <CopyButton className="link" label={copyTexts.copy} what={said.folder} text={folder} />
          </span>
        )}
      </div>
      <ul className={css.list}>
        {data.artifacts.map((artifact) => (
          <File key={artifact.path} of={of} {...artifact} />
        ))}
      </ul>
      {data.total > data.artifacts.length && (
        <p className="faint">{said.more(data.total - data.artifacts.length)}</p>
      )}
    </section>
  )
}
