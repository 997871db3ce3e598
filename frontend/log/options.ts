import { useParams } from '~/ui/params.ts'

/** A search in a log. */
export type Find = { q: string; regex: boolean; exactCase: boolean }

/** How a log is shown, kept in the URL; `find` is null while there is no search. */
export function useLogOptions() {
  const { values, change } = useParams()
  const q = values.get('find')
  const find: Find | null =
    q === null ? null : { q, regex: values.has('regex'), exactCase: values.has('case') }
  return {
    times: values.has('times'),
    wrap: values.has('wrap'),
    find,
    toggle: (name: 'times' | 'wrap' | 'regex' | 'case') =>
      change({ [name]: values.has(name) ? null : '1' }),
    setFind: (text: string | null) =>
      change(text === null ? { find: null, regex: null, case: null } : { find: text }),
  }
}
