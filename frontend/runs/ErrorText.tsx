import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { Unreachable } from '~/api/client.ts'
import { errorQuery } from '~/api/queries/attempts.ts'
import type { ReadText } from '~/api/text.ts'
import { stateTexts } from '~/texts/common.ts'
import { fullErrorTexts } from '~/texts/run.ts'
import css from './ErrorText.module.css'
import { Traceback, useFolds } from './Traceback.tsx'

type LoadedErrorProps = { error: ReadText; label: string; folded: boolean }

/** An error as printed: all of it, or as much as a page can hold and a note about the rest. */
function LoadedError({ error, label, folded }: LoadedErrorProps) {
  const folds = useFolds(folded ? error.text : undefined)
  const shown = useMemo(() => new Blob([error.text]).size, [error.text])
  return (
    <>
      {!error.whole && <p className={css.note}>{fullErrorTexts.tooLarge(shown)}</p>}
      <Traceback text={error.text} label={label} folds={folds} />
    </>
  )
}

type ErrorTextProps = {
  id: string
  attempt: number
  label: string
  /** Fold the frames of libraries. */
  folded?: boolean
}

/** The whole error of a run, fetched when it is first shown. */
export function ErrorText({ id, attempt, label, folded = false }: ErrorTextProps) {
  const { data, error, refetch } = useQuery(errorQuery({ id, attempt }))
  if (data) return <LoadedError error={data} label={label} folded={folded} />
  if (!error) return <p className={css.note}>{fullErrorTexts.loading}</p>
  return (
    <p className={css.note} role="alert">
      {error instanceof Unreachable ? stateTexts.unreachable : error.message}.{' '}
      <button type="button" className="link" onClick={() => refetch()}>
        {stateTexts.tryAgain}
      </button>
    </p>
  )
}
