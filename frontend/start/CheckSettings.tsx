import { useQuery } from '@tanstack/react-query'
import { ProblemError, type RunSpec } from '~/api/client.ts'
import { specCheckQuery } from '~/api/queries/start.ts'
import { Findings } from '~/system/Findings.tsx'
import { startTexts as said } from '~/texts/start.ts'
import { refusalOf } from './fields.ts'
import css from './StartPage.module.css'

/** Whether a required field is just not filled in yet, which is not shown as a mistake. */
const isUnfilled = (error: Error, spec: RunSpec): boolean =>
  error instanceof ProblemError &&
  error.problem.field !== undefined &&
  Reflect.get(spec, error.problem.field) === undefined

/** Why the checks did not run; the form already shows why for the `refused` field. */
function whyNot(error: Error, spec: RunSpec, refused: string | undefined): string {
  const problem = error instanceof ProblemError ? error.problem : null
  if (problem?.field === undefined) return said.checkFailed(error.message)
  const first = isUnfilled(error, spec) ? said.fillFirst : said.fixFirst
  return problem.field === refused ? first : `${first} ${refusalOf(problem)}`
}

type CheckSettingsProps = { spec: RunSpec; refused: string | undefined }

/** Checks the parameters as they are filled in, and lists every check that did not pass. */
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
