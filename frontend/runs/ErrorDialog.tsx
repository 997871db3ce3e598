import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
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
import { formatAgo, NONE } from '~/ui/format.ts'
import { useNow } from '~/ui/now.ts'
import { usePreference } from '~/ui/preference.ts'
import css from './ErrorDialog.module.css'
import { ErrorText } from './ErrorText.tsx'
import { calledOf, factsOf } from './facts.ts'

type CopyErrorProps = AttemptId & { primary?: boolean }

/** Copies an error; it is fetched before anybody clicks. One too large to copy is downloaded. */
export function CopyErrorButton({ id, attempt, primary = false }: CopyErrorProps) {
  const { data } = useQuery(errorQuery({ id, attempt }))
  const address = files.error(id, attempt)
  const className = primary ? 'btn primary' : 'btn'
  if (data?.whole === false)
    return (
      <a className={className} href={address} download={`${id}-error.txt`}>
        {said.download}
      </a>
    )
  return (
    <CopyButton
      className={className}
      label={said.copy}
      what={runTexts.error}
      text={data?.text}
      download={address}
    />
  )
}

/** Copies the bug report; what it has no room for is saved as a file by the same click. */
export function CopyReportButton({ id, attempt }: AttemptId) {
  const { data } = useQuery(reportQuery({ id, attempt }))
  const overflow = data?.overflow
  const file = overflow
    ? { ...overflow, address: files.report(id, attempt, 'overflow') }
    : undefined
  return (
    <CopyButton
      label={file ? said.copyReportAndFile : said.copyReport}
      what={said.report}
      text={data?.whole ? data.text : undefined}
      download={files.report(id, attempt)}
      file={file}
    />
  )
}

/** Which run it is and when it ended, with the way to its page. */
function OfRun({ run }: { run: Run }) {
  const now = useNow()
  return (
    <p className={css.name}>
      <Link href={paths.run(run.id)}>
        <AnsiText text={calledOf(run) ?? run.id} />
      </Link>
      {run.finishedAt && <span className="dim"> · {formatAgo(run.finishedAt, now)}</span>}
    </p>
  )
}

/** Little room is for the error; what else is known of the run is one click away. */
const isSmall = () => matchMedia('(max-width: 600px), (max-height: 520px)').matches

function RunFacts({ run }: { run: Run }) {
  const [small] = useState(isSmall)
  const rows: [string, string][] = [
    [factTexts.id, run.id],
    [factTexts.status, statusNames[run.status]],
    ...factsOf(run, useNow()).filter(([, value]) => value !== NONE),
  ]
  if (!small) return <Facts rows={rows} />
  return (
    <details className={css.facts}>
      <summary>{said.facts}</summary>
      <Facts rows={rows} />
    </details>
  )
}

type StepsProps = { onNewer: (() => void) | undefined; onOlder: (() => void) | undefined }

/** From one failure of the list to the next, without closing anything. */
function Steps({ onNewer, onOlder }: StepsProps) {
  if (!onNewer && !onOlder) return null
  return (
    <>
      <button type="button" className="btn" aria-disabled={!onNewer} onClick={onNewer}>
        {said.newer}
      </button>
      <button type="button" className="btn" aria-disabled={!onOlder} onClick={onOlder}>
        {said.older}
      </button>
    </>
  )
}

type ErrorDialogProps = StepsProps & { run: Run; onClose: () => void }

/** Everything about one failure, in front of the list it was opened from. */
export function ErrorDialog({ run, onNewer, onOlder, onClose }: ErrorDialogProps) {
  const { id, attempt } = run
  const [raw, setRaw] = usePreference('raw', false)
  const actions = (
    <>
      <CopyErrorButton id={id} attempt={attempt} primary />
      <CopyReportButton id={id} attempt={attempt} />
      <a className={`btn ${css.download}`} href={files.logDownload(id, attempt)} download>
        {runTexts.downloadLog}
      </a>
      <Link className="btn" href={paths.log(id)}>
        {runTexts.viewLog}
      </Link>
      <span className={`row ${css.steps}`}>
        <Steps onNewer={onNewer} onOlder={onOlder} />
        <button type="button" className="btn" aria-pressed={raw} onClick={() => setRaw(!raw)}>
          {runTexts.raw}
        </button>
      </span>
    </>
  )
  return (
    <Dialog title={run.title ?? said.title} onClose={onClose} actions={actions} wide>
      <OfRun run={run} />
      <RunFacts run={run} />
      <ErrorText id={id} attempt={attempt} label={said.full} folded={!raw} />
    </Dialog>
  )
}
