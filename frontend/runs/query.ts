/** The parts of a query that the page itself writes; its language is the server's. */

const TIMES = /(?:^|\s)(?:since|until):\S*/g

/** Time spans by what they are in a query: calendar days of the reader. */
const SPANS = {
  today: 'since:today',
  yesterday: 'since:yesterday until:yesterday',
  week: 'since:6d',
  month: 'since:29d',
} as const

export type Span = keyof typeof SPANS

const isSpan = (name: string): name is Span => Object.hasOwn(SPANS, name)

/** The query with its times replaced by a span's; '' removes them. */
export function withSpan(q: string, name: string): string {
  const rest = q.replace(TIMES, '').trim()
  return [rest, isSpan(name) ? SPANS[name] : ''].filter(Boolean).join(' ')
}

/** The span that a query's times are: '' for any time, 'own' for other times. */
export function spanOf(q: string): Span | '' | 'own' {
  const times = (q.match(TIMES) ?? []).map((part) => part.trim()).join(' ')
  if (times === '') return ''
  return (
    Object.keys(SPANS).find((name): name is Span => isSpan(name) && SPANS[name] === times) ?? 'own'
  )
}

/** The order after a click on a column's head: its own, the other way, the usual one. */
export function nextSort(sort: string | undefined, key: string, descendingFirst: boolean) {
  const [first, second] = descendingFirst ? [`-${key}`, key] : [key, `-${key}`]
  if (sort === first) return second
  return sort === second ? undefined : first
}

export type Direction = 'ascending' | 'descending' | undefined

export function directionOf(sort: string | undefined, key: string): Direction {
  if (sort === key) return 'ascending'
  return sort === `-${key}` ? 'descending' : undefined
}
