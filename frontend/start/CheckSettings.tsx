import { useQuery } from '@tanstack/react-query'
import { ProblemError, type RunSpec } from '~/api/client.ts'
import { specCheckQuery } from '~/api/queries/start.ts'
import { Findings } from '~/system/Findings.tsx'
import { startTexts as said } from '~/texts/start.ts'
import { refusalOf } from './fields.ts'
import css from './StartPage.module.css'

/** Whether the server only misses what nobody has filled in yet: no mistake, and not called one. */
const isUnfilled = (error: Error, spec: RunSpec): boolean =>
  error instanceof ProblemError &&
  error.problem.field !== undefined &&
  Reflect.get(spec, error.problem.field) === undefined

/** Why there is no verdict; the field that the form shows as `refused` says for itself what is wrong. */
function whyNot(error: Error, spec: RunSpec, refused: string | undefined): string {
  const problem = error instanceof ProblemError ? error.problem : null
  if (problem?.field === undefined) return said.checkFailed(error.message)
  const first = isUnfilled(error, spec) ? said.fillFirst : said.fixFirst
  return problem.field === refused ? first : `${first} ${refusalOf(problem)}`
}

type CheckSettingsProps = { spec: RunSpec; refused: string | undefined }

/** The doctor's verdict on the form as it is filled in; what is not ok is listed. */
export function CheckSettings({ spec, refused }: CheckSettingsProps) {
  const { data, error, isFetching } = useQuery(specCheckQuery(spec))
  const notWell = data?.checks.filter(({ verdict }) => verdict !== 'ok')
  return (
    <div className={css.check} role="status" aria-busy={isFetching}>
      {error && (
        <p className={isUnfilled(error, spec) ? 'dim' : css.error}>
          {whyNot(error, spec, refused)}
        </p>
      )}
      {!error && !notWell && <p className="dim">{said.checking}</p>}
      {!error && notWell?.length === 0 && <p className={css.well}>{said.allWell}</p>}
      {!error && notWell && notWell.length > 0 && (
        <>
          <p className="dim">{said.problems}</p>
          <Findings findings={notWell} label={said.problems} />
        </>
      )}
    </div>
  )
}
