import { useQuery } from '@tanstack/react-query'
import type { LogMeta } from '~/api/client.ts'
import type { AttemptId } from '~/api/queries/attempts.ts'
import { logRangeQuery } from '~/api/queries/logs.ts'
import type { LineRange } from '~/paths.ts'
import { CopyButton } from '~/ui/CopyButton.tsx'
import { texts } from '~/ui/texts.ts'
import { setLineHash } from './hash.ts'

type MarkedLinesProps = { of: AttemptId; meta: LogMeta; marked: LineRange }

/** What can be done with the marked lines; their text is fetched before anybody clicks. */
export function MarkedLines({ of, meta, marked }: MarkedLinesProps) {
  const last = Math.min(marked.last, meta.lines)
  const here = marked.first <= last
  const { data } = useQuery({ ...logRangeQuery(of, { first: marked.first, last }), enabled: here })
  if (!here) return <span className="dim">{texts.log.endsBefore(marked.first)}</span>
  const count = texts.log.selected(last - marked.first + 1)
  return (
    <>
      <span className="dim num">{count}</span>
      <span data-copy-lines>
        <CopyButton
          className="link"
          label={texts.log.copyLines}
          what={count}
          text={data?.whole ? data.text : undefined}
        />
      </span>
      {data?.whole === false && <span className="faint">{texts.log.tooMany}</span>}
      <button type="button" className="link" onClick={() => setLineHash(null)}>
        {texts.log.clear}
      </button>
    </>
  )
}
