import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { Run } from '~/api/client.ts'
import { labelTexts as said } from '~/texts/labels.ts'
import { Dialog } from '~/ui/Dialog.tsx'
import { TextField } from './EditLabels.tsx'
import { changeRun, tagsIn } from './labels.ts'

const FORM = 'bulk-tag'

/** Adds and removes tags of several runs, and puts them into a project. */
export function TagDialog({ runs, onClose }: { runs: Run[]; onClose: () => void }) {
  const { mutateAsync, isPending } = useMutation(changeRun)
  const [refused, setRefused] = useState('')
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const typed = (name: string) => String(form.get(name) ?? '').trim()
    const tags = { addTags: tagsIn(typed('add')), removeTags: tagsIn(typed('remove')) }
    const labels = typed('project') ? { ...tags, project: typed('project') } : tags
    try {
      for (const { id } of runs) await mutateAsync({ id, change: { labels } })
      onClose()
    } catch (error) {
      setRefused(error instanceof Error ? error.message : String(error))
    }
  }
  const save = (
    <button type="submit" form={FORM} className="btn primary" disabled={isPending}>
      {said.save}
    </button>
  )
  return (
    <Dialog title={said.bulkTitle(runs.length)} onClose={onClose} actions={save}>
      <form id={FORM} className="stack" onSubmit={(event) => void submit(event)}>
        <TextField name="add" label={said.add} value="" hint={said.tagsHint} first />
        <TextField name="remove" label={said.remove} value="" hint={said.tagsHint} />
        <TextField name="project" label={said.setProject} value="" />
        <p role="alert">{refused}</p>
      </form>
    </Dialog>
  )
}
