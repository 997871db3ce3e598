import { useQuery } from '@tanstack/react-query'
import { comparisonQuery } from '~/api/queries/compare.ts'
import { compareTexts as said } from '~/texts/compare.ts'
import { Part } from '~/ui/States.tsx'
import { CodeDiff } from './CodeDiff.tsx'
import css from './ComparePage.module.css'

/** How the code of two runs differs, line by line, and what of them is not known. */
export function CodeOfTwo({ earlier, later }: { earlier: string; later: string }) {
  const result = useQuery(comparisonQuery(later, earlier))
  return (
    <Part result={result}>
      {({ code, missing }) =>
        code.length + missing.length > 0 && (
          <section aria-labelledby="code">
            <h2 id="code" className={css.heading}>
              {said.code}
            </h2>
            {code.map((file) => (
              <CodeDiff key={file.path} file={file} />
            ))}
            {missing.map((what) => (
              <p key={what} className="dim">
                {said.unknown(what)}
              </p>
            ))}
          </section>
        )
      }
    </Part>
  )
}
