import { Redirect, useLocation } from 'wouter'
import type { RunDetail } from '~/api/client.ts'
import { RunPicker } from '~/compare/RunPicker.tsx'
import { paths } from '~/paths.ts'
import { compareTexts as said } from '~/texts/compare.ts'
import { useParams } from '~/ui/params.ts'
import css from './Spec.module.css'

/** Leads from a run to its comparison with another; an address of before leads there as well. */
export function Compare({ run }: { run: RunDetail }) {
  const [, navigate] = useLocation()
  const chosen = useParams().values.get('with')
  if (chosen) return <Redirect to={paths.compare([chosen, run.id])} replace />
  return (
    <section aria-labelledby="compare">
      <h2 id="compare" className={css.heading}>
        {said.title}
      </h2>
      <RunPicker
        label={said.choose}
        without={[run.id]}
        onPick={(other) => navigate(paths.compare([other, run.id]))}
      />
    </section>
  )
}
