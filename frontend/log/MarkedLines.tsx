import { useQuery } from '@tanstack/react-query'
import type { LogMeta } from '~/api/client.ts'
import type { AttemptId } from '~/api/queries/attempts.ts'
import { logRangeQuery } from '~/api/queries/logs.ts'
import type { LineRange } from '~/paths.ts'
import { commonTexts } from '~/texts/common.ts'
import { logTexts } from '~/texts/log.ts'
import { CopyButton } from '~/ui/CopyButton.tsx'
import { setLineHash } from './hash.ts'

type MarkedLinesProps = { of: AttemptId; meta: LogMeta; marked: LineRange }

/** Actions on the selected lines; their text is fetched before anybody clicks. */
export function MarkedLines({ of, meta, marked }: MarkedLinesProps) {
  const last = Math.min(marked.last, meta.lines)
  const here = marked.first <= last
  const { data } = useQuery({ ...logRangeQuery(of, { first: marked.first, last }), enabled: here })
  if (!here) return <span className="dim">{logTexts.endsBefore(marked.first)}</span>
  const count = last - marked.first + 1
  return (
    <>
      <span className="dim num">{logTexts.selected(count)}</span>
      <span data-copy-lines>
        <CopyButton
          className="link"
          label={logTexts.copyLines}
          what={logTexts.lines(count)}
          text={data?.whole ? data.text : undefined}
        />
      </span>
      {data?.whole === false && <span className="faint">{logTexts.tooMany}</span>}
      <button type="button" className="link" onClick={() => setLineHash(null)}>
        {commonTexts.clearSelection}
      </button>
    </>
  )
}
