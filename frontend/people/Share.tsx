import { useState } from 'react'
import { peopleTexts as said } from '~/texts/people.ts'
import { LaterPart } from '~/ui/LaterPage.tsx'
import { useMayWrite } from './me.ts'

/** A button for the dialog with read-only links to a run. */
export function Share({ id }: { id: string }) {
  const [open, setOpen] = useState(false)
  if (!useMayWrite()) return null
  return (
    <>
      <button type="button" className="link" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        {said.share}
      </button>
      {open && (
        <LaterPart>
          {({ ShareDialog }) => <ShareDialog id={id} onClose={() => setOpen(false)} />}
        </LaterPart>
      )}
    </>
  )
}
