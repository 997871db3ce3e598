import { useMutation } from '@tanstack/react-query'
import { checkSpec } from '~/api/actions.ts'
import type { RunSpec } from '~/api/client.ts'
import { Findings } from '~/system/Findings.tsx'
import { texts } from '~/ui/texts.ts'
import css from './StartPage.module.css'

const said = texts.start

/** Asks the doctor about the form as it is filled in, and lists what is not ok. */
export function CheckSettings({ spec }: { spec: () => RunSpec }) {
  const check = useMutation(checkSpec)
  const notWell = check.data?.checks.filter(({ verdict }) => verdict !== 'ok')
  return (
    <div className={css.check}>
      <button
        type="button"
        className="btn"
        disabled={check.isPending}
        onClick={() => check.mutate(spec())}
      >
        {check.isPending ? said.checking : said.check}
      </button>
      <div role="status">
        {check.error && (
          <p className={css.error}>
            {said.checkFailed} {check.error.message}
          </p>
        )}
        {notWell?.length === 0 && <p>{said.allWell}</p>}
        {notWell && notWell.length > 0 && <Findings findings={notWell} label={said.notWell} />}
      </div>
    </div>
  )
}
