import { useQuery } from '@tanstack/react-query'
import type { AttemptId } from '~/api/queries/attempts.ts'
import { logRangeQuery } from '~/api/queries/logs.ts'
import { files } from '~/paths.ts'
import { copyTexts } from '~/texts/common.ts'
import { logTexts } from '~/texts/log.ts'
import { CopyButton } from '~/ui/CopyButton.tsx'
import { Dialog } from '~/ui/Dialog.tsx'
import { TextBlock } from '~/ui/TextBlock.tsx'

type WholeLineProps = { of: AttemptId; number: number; onClose: () => void }

/** A line too long for its row, or one that was overwritten, with each update on its own row. */
export function WholeLine({ of, number, onClose }: WholeLineProps) {
  const { data, error } = useQuery(logRangeQuery(of, { first: number, last: number }))
  const title = logTexts.fullLine(number)
  const actions = data?.whole ? (
    <CopyButton label={copyTexts.copy} what={title} text={data.text} />
  ) : (
    <a className="btn" href={files.logDownload(of.id, of.attempt, of.rank)} download>
      {logTexts.download}
    </a>
  )
  return (
    <Dialog title={title} onClose={onClose} actions={actions} wide>
      {error && <p role="alert">{error.message}</p>}
      {!data && !error && <p className="dim">{logTexts.loadingLine}</p>}
      {data && !data.whole && <p className="dim">{logTexts.lineTooLarge(data.text.length)}</p>}
      {data && <TextBlock text={data.text.replaceAll(/\r(?!\n|$)/g, '\n')} label={title} />}
    </Dialog>
  )
}
