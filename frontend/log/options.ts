import { useNarrow } from '~/ui/media.ts'
import { useParams } from '~/ui/params.ts'

/** A search in a log. */
export type Find = { q: string; regex: boolean; exactCase: boolean }

/** How a log is shown, kept in the URL; `find` is null while there is no search. */
export function useLogOptions() {
  const { values, change } = useParams()
  const narrow = useNarrow()
  const asked = values.get('wrap')
  const wrap = asked === null ? narrow : asked === '1'
  const q = values.get('find')
  const find: Find | null =
    q === null ? null : { q, regex: values.has('regex'), exactCase: values.has('case') }
  return {
    times: values.has('times'),
    /** On a phone lines are wrapped unless that is turned off. */
    wrap,
    find,
    toggle: (name: 'times' | 'wrap' | 'regex' | 'case') =>
      name === 'wrap'
        ? change({ wrap: wrap === narrow ? (wrap ? '0' : '1') : null })
        : change({ [name]: values.has(name) ? null : '1' }),
    setFind: (text: string | null) =>
      change(text === null ? { find: null, regex: null, case: null } : { find: text }),
  }
}
