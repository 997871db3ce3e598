import type { Group } from '~/api/client.ts'
import { fixNames, fixTexts as said } from '~/texts/fixes.ts'
import css from './Errors.module.css'

/** How often each fix of an error's cause worked; one that never did stands out. */
export function FixesWorked({ fixes }: Pick<Group, 'fixes'>) {
  if (fixes.length === 0) return null
  return (
    <ul className={css.fixes}>
      {fixes.map(({ name, of, times }) => (
        <li key={name} className={times === 0 ? css.useless : undefined}>
          {said.workedOf(fixNames[name] ?? name, { of, times })}
        </li>
      ))}
    </ul>
  )
}
