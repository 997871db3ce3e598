import { useQuery } from '@tanstack/react-query'
import { type Finding, ProblemError, type RunSpec } from '~/api/client.ts'
import { specCheckQuery } from '~/api/queries/start.ts'
import { Findings } from '~/system/Findings.tsx'
import { startTexts as said } from '~/texts/start.ts'
import { labelOf, refusalOf } from './fields.ts'
import css from './StartPage.module.css'

/** What to do so that the checks can run. */
function toDo(error: Error, spec: RunSpec): string {
  const field = error instanceof ProblemError ? error.problem.field : undefined
  return field !== undefined && isUnfilled(error, spec)
    ? said.fillFirst(labelOf(field))
    : said.fixFirst
}

/** Whether a required field is just not filled in yet, which is not shown as a mistake. */
const isUnfilled = (error: Error, spec: RunSpec): boolean =>
  error instanceof ProblemError &&
  error.problem.field !== undefined &&
  Reflect.get(spec, error.problem.field) === undefined

/** Why the checks did not run; null where the form already says so at the `refused` field. */
function whyNot(error: Error, refused: string | undefined): string | null {
  const problem = error instanceof ProblemError ? error.problem : null
  if (problem?.field === undefined) return said.checkFailed(error.message)
  return problem.field === refused ? null : refusalOf(problem)
}

type CheckSettingsProps = { spec: RunSpec; refused: string | undefined }

const PROBLEMS = 'problems'
const count = (checks: Finding[], verdict: Finding['verdict']) =>
  checks.filter((check) => check.verdict === verdict).length

/** Checks the parameters as they are filled in, and lists every check that did not pass. */
export function CheckSettings({ spec, refused }: CheckSettingsProps) {
  const { data, error } = useQuery(specCheckQuery(spec))
  const notWell = data?.checks.filter(({ verdict }) => verdict !== 'ok') ?? []
  if (error && !isUnfilled(error, spec)) {
    return <p className={css.error}>{whyNot(error, refused)}</p>
  }
  if (error || notWell.length === 0) return null
  return (
    <div className={css.check} id={PROBLEMS}>
      <p className="dim">{said.problems}</p>
      <Findings findings={notWell} label={said.problems} />
    </div>
  )
}

const toProblems = () => document.getElementById(PROBLEMS)?.scrollIntoView({ block: 'nearest' })

/** What the checks found, in a few words. */
export function Verdict({ spec }: { spec: RunSpec }) {
  const { data, error, isFetching } = useQuery(specCheckQuery(spec))
  const checks = data?.checks ?? []
  const [failed, warned] = [count(checks, 'fail'), count(checks, 'warn')]
  const words = [failed > 0 && said.failing(failed), warned > 0 && said.warning(warned)]
  return (
    <div role="status" className={css.verdict} aria-busy={isFetching}>
      {error && <span className="dim">{toDo(error, spec)}</span>}
      {!error && !data && <span className="dim">{said.checking}</span>}
      {!error && data && failed + warned === 0 && <span className={css.well}>{said.allWell}</span>}
      {!error && failed + warned > 0 && (
        <>
          <span className={failed > 0 ? css.error : css.warn}>
            {words.filter(Boolean).join(', ')}
          </span>
          <button type="button" className="link" onClick={toProblems}>
            {said.seeProblems}
          </button>
        </>
      )}
    </div>
  )
}
