import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { Run } from '~/api/client.ts'
import { type AttemptId, errorQuery, reportQuery } from '~/api/queries/attempts.ts'
import { AnsiText } from '~/log/AnsiText.tsx'
import { files, paths } from '~/paths.ts'
import { statusNames } from '~/texts/common.ts'
import { factTexts, runTexts, fullErrorTexts as said } from '~/texts/run.ts'
import { CopyButton } from '~/ui/CopyButton.tsx'
import { Dialog } from '~/ui/Dialog.tsx'
import { Facts } from '~/ui/Facts.tsx'
import { useNow } from '~/ui/now.ts'
import css from './ErrorDialog.module.css'
import { ErrorText } from './ErrorText.tsx'
import { calledOf, factsOf } from './facts.ts'
import { headlineOf } from './preview.ts'

/** Copies of an error and its report; both are fetched before anybody clicks. */
export function CopyErrorButtons({ id, attempt }: AttemptId) {
  const error = useQuery(errorQuery({ id, attempt }))
  const report = useQuery(reportQuery({ id, attempt }))
  const address = files.error(id, attempt)
  const overflow = report.data?.overflow
  const file = overflow
    ? { ...overflow, address: files.report(id, attempt, 'overflow') }
    : undefined
  return (
    <>
      {error.data?.whole === false ? (
        <a className="btn" href={address} download={`${id}-error.txt`}>
          {said.download}
        </a>
      ) : (
        <CopyButton
          label={said.copy}
          what={runTexts.error}
          text={error.data?.text}
          download={address}
        />
      )}
      <CopyButton
        label={file ? said.copyReportAndFile : said.copyReport}
        what={said.report}
        text={report.data?.whole ? report.data.text : undefined}
        download={files.report(id, attempt)}
        file={file}
      />
    </>
  )
}

type ErrorDialogProps = { run: Run; onClose: () => void }

/** Everything about one failure, in front of the list it was opened from. */
export function ErrorDialog({ run, onClose }: ErrorDialogProps) {
  const { id, attempt } = run
  const headline = headlineOf(run)
  const rows: [string, string][] = [
    [factTexts.id, id],
    [factTexts.status, statusNames[run.status]],
    ...factsOf(run, useNow()),
  ]
  const called = calledOf(run)
  const actions = (
    <>
      <CopyErrorButtons id={id} attempt={attempt} />
      <a className="btn" href={files.logDownload(id, attempt)} download>
        {runTexts.downloadLog}
      </a>
      <Link className="btn" href={paths.log(id)}>
        {runTexts.viewLog}
      </Link>
    </>
  )
  return (
    <Dialog title={run.title ?? said.title} onClose={onClose} actions={actions} wide>
      {called && (
        <p className={css.name}>
          <AnsiText text={called} />
        </p>
      )}
      {headline && (
        <p className={css.headline}>
          <AnsiText text={headline} />
        </p>
      )}
      <Facts rows={rows} />
      <ErrorText id={id} attempt={attempt} label={said.full} />
    </Dialog>
  )
}
