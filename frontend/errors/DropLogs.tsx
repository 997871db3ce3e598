import { useMutation } from '@tanstack/react-query'
import { type DragEvent, useState } from 'react'
import { Link } from 'wouter'
import { importLogs } from '~/api/actions.ts'
import { paths } from '~/paths.ts'
import { errorsTexts as said } from '~/texts/errors.ts'
import css from './DropLogs.module.css'

const isFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files')

/** Old logs, dropped or chosen: each becomes a run, explained and grouped with the others. */
export function DropLogs() {
  const [over, setOver] = useState(false)
  const send = useMutation(importLogs)
  const take = (files: FileList | null) => {
    if (files && files.length > 0) send.mutate([...files])
  }
  return (
    <section
      className={over ? `${css.drop} ${css.over}` : css.drop}
      aria-label={said.importLabel}
      onDragOver={(event) => {
        if (!isFiles(event)) return
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        take(event.dataTransfer.files)
      }}
    >
      <label className={css.choose}>
        <span>{said.importHere}</span>
        <input
          type="file"
          multiple
          disabled={send.isPending}
          onChange={({ currentTarget }) => {
            take(currentTarget.files)
            currentTarget.value = ''
          }}
        />
      </label>
      <div role="status">
        {send.isPending && said.importing}
        {send.data && (
          <>
            {said.imported(send.data.runs.length, send.data.causes, send.data.known)}{' '}
            {send.data.runs.length > 0 && <Link href={paths.runs()}>{said.importedRuns}</Link>}
          </>
        )}
      </div>
      {send.data && send.data.failures.length > 0 && (
        <ul className={css.failures}>
          {send.data.failures.map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
      )}
      {send.error && (
        <p className={css.failures} role="alert">
          {send.error.message}
        </p>
      )}
    </section>
  )
}
