import { queryOptions, useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { request } from '~/api/client.ts'
import type { AttemptId } from '~/api/queries/attempts.ts'
import { files } from '~/paths.ts'
import { artifactTexts as said } from '~/texts/run.ts'
import { Part } from '~/ui/States.tsx'
import { TextBlock } from '~/ui/TextBlock.tsx'
import css from './Artifacts.module.css'
import { isPicture } from './shown.ts'

type Content = { text: string } | { picture: ImageBitmap }

async function contentOf(path: string, response: Response): Promise<Content> {
  if (!response.ok) throw new Error(said.notShown)
  if (!isPicture(path)) return { text: await response.text() }
  try {
    return { picture: await createImageBitmap(await response.blob()) }
  } catch {
    throw new Error(said.notShown) // it is called a picture, and is none
  }
}

const contentQuery = ({ id, attempt }: AttemptId, path: string) =>
  queryOptions({
    queryKey: ['run', id, 'artifact', attempt, path],
    queryFn: async ({ signal }) =>
      contentOf(path, await request(files.artifact(id, path, attempt), { signal })),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  })

/** Drawn by hand: the policy of the page lets no element load a picture. */
function Picture({ picture, label }: { picture: ImageBitmap; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    canvas.current?.getContext('2d')?.drawImage(picture, 0, 0)
  }, [picture])
  const { width, height } = picture
  return <canvas ref={canvas} width={width} height={height} role="img" aria-label={label} />
}

/** What is in a file: its text as it is, or its picture. */
export function ArtifactPreview({ of, path }: { of: AttemptId; path: string }) {
  const label = said.previewOf(path)
  return (
    <div className={css.content}>
      <Part result={useQuery(contentQuery(of, path))}>
        {(content) =>
          'text' in content ? (
            <TextBlock text={content.text} label={label} />
          ) : (
            <Picture picture={content.picture} label={label} />
          )
        }
      </Part>
    </div>
  )
}
