import type { Attempt } from '~/api/client.ts'
import { labelOf, shownSize } from '~/start/fields.ts'
import { fixTexts as said } from '~/texts/fixes.ts'
import css from './FixButton.module.css'

const shown = (name: string, value: unknown): string => {
  if (value === null || value === undefined) return said.default
  if (name === 'memory' && typeof value === 'number') return shownSize(value)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

type Values = Record<string, unknown>

/** One line per setting: what it was, and what it becomes. */
export function Changes({ set, before }: { set: Values; before: Values }) {
  const names = Object.keys(set)
  if (names.length === 0) return <p>{said.unchanged}</p>
  return (
    <dl className={css.changes}>
      {names.map((name) => (
        <div key={name}>
          <dt>{labelOf(name)}</dt>
          <dd className="num">
            {shown(name, before[name])} → {shown(name, set[name])}
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** What an attempt changed of the one before it, and by whom; nothing if it changed nothing. */
export function Changed({ changed }: Pick<Attempt, 'changed'>) {
  if (!changed) return null
  const told = Object.entries(changed.set).map(
    ([name, value]) =>
      `${labelOf(name)} ${shown(name, changed.before[name])} → ${shown(name, value)}`,
  )
  return (
    <span className={css.changed}>
      {told.join(', ') || said.unchanged}{' '}
      {changed.by && <span className="dim">{said.by(changed.by)}</span>}
    </span>
  )
}
