import { peopleTexts as said } from '~/texts/people.ts'
import { useMe } from './me.ts'
import css from './People.module.css'

/** Who is logged in, in the header. */
export function Person() {
  const me = useMe()
  if (!me) return null
  const words = me.run ? said.byLink : me.name === me.role ? me.name : `${me.name} · ${me.role}`
  return (
    <span className={css.person} title={said.loggedInAs(words)}>
      {words}
    </span>
  )
}
