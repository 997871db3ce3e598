import { useQuery } from '@tanstack/react-query'
import type { AttemptId } from '~/api/queries/attempts.ts'
import { logRangeQuery } from '~/api/queries/logs.ts'
import { files } from '~/paths.ts'
import { CopyButton } from '~/ui/CopyButton.tsx'
import { Dialog } from '~/ui/Dialog.tsx'
import { TextBlock } from '~/ui/TextBlock.tsx'
import { texts } from '~/ui/texts.ts'

type WholeLineProps = { of: AttemptId; number: number; onClose: () => void }

/** A line too long for its row, or one that was written over many times: each time on a row of its own. */
export function WholeLine({ of, number, onClose }: WholeLineProps) {
  const { data, error } = useQuery(logRangeQuery(of, { first: number, last: number }))
  const title = texts.log.wholeLine(number)
  const actions = data?.whole ? (
    <CopyButton label={texts.copy.copy} what={title} text={data.text} />
  ) : (
    <a className="btn" href={files.logDownload(of.id, of.attempt)} download>
      {texts.log.download}
    </a>
  )
  return (
    <Dialog title={title} onClose={onClose} actions={actions} wide>
      {error && <p role="alert">{error.message}</p>}
      {!data && !error && <p className="dim">{texts.log.loadingLine}</p>}
      {data && !data.whole && <p className="dim">{texts.dialog.tooLarge(data.text.length)}</p>}
      {data && <TextBlock text={data.text.replaceAll(/\r(?!\n|$)/g, '\n')} label={title} />}
    </Dialog>
  )
}
