import { commonTexts } from '~/texts/common.ts'
import css from './Names.module.css'

const MOST = 6

/** What something is about to be done to, by name; of very many the first, and how many more. */
export function Names({ names }: { names: string[] }) {
  const more = names.length - MOST
  return (
    <ul className={css.names}>
      {names.slice(0, MOST).map((name) => (
        <li key={name}>{name}</li>
      ))}
      {more > 0 && <li className="dim">{commonTexts.andMore(more)}</li>}
    </ul>
  )
}
