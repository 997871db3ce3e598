import { useState } from 'react'
import type { Run } from '~/api/client.ts'
import { useMayWrite } from '~/people/me.ts'
import { labelTexts as said } from '~/texts/labels.ts'
import { LaterPart } from '~/ui/LaterPage.tsx'

/** A button for the dialog that tags the selected runs. */
export function BulkTag({ runs }: { runs: Run[] }) {
  const [open, setOpen] = useState(false)
  if (!useMayWrite()) return null
  return (
    <>
      <button type="button" className="btn" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        {said.bulk(runs.length)}
      </button>
      {open && (
        <LaterPart>
          {({ TagDialog }) => <TagDialog runs={runs} onClose={() => setOpen(false)} />}
        </LaterPart>
      )}
    </>
  )
}
