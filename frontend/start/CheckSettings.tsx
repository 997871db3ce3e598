import { useQuery } from '@tanstack/react-query'
import { ProblemError, type RunSpec } from '~/api/client.ts'
import { specCheckQuery } from '~/api/queries/start.ts'
import { Findings } from '~/system/Findings.tsx'
import { texts } from '~/ui/texts.ts'
import css from './StartPage.module.css'

const said = texts.start

/** Whether the server only misses what nobody has filled in yet: no mistake, and not called one. */
const isUnfilled = (error: Error, spec: RunSpec): boolean =>
  error instanceof ProblemError &&
  error.problem.field !== undefined &&
  Reflect.get(spec, error.problem.field) === undefined

/** The doctor's verdict on the form as it is filled in; what is not ok is listed. */
export function CheckSettings({ spec }: { spec: RunSpec }) {
  const { data, error, isFetching } = useQuery(specCheckQuery(spec))
  const notWell = data?.checks.filter(({ verdict }) => verdict !== 'ok')
  return (
    <div className={css.check} role="status" aria-busy={isFetching}>
      {error && (
        <p className={isUnfilled(error, spec) ? 'dim' : css.error}>
          {said.checkFailed} {error.message}
        </p>
      )}
      {!error && !notWell && <p className="dim">{said.checking}</p>}
      {!error && notWell?.length === 0 && <p className={css.well}>{said.allWell}</p>}
      {!error && notWell && notWell.length > 0 && (
        <>
          <p className="dim">{said.notWell}</p>
          <Findings findings={notWell} label={said.notWell} />
        </>
      )}
    </div>
  )
}
