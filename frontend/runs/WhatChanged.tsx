import { Link } from 'wouter'
import type { Changes } from '~/api/client.ts'
import { paths } from '~/paths.ts'
import { changeKinds, changesTexts as said } from '~/texts/run.ts'
import { formatAgo } from '~/ui/format.ts'
import { useNow } from '~/ui/now.ts'
import { Words } from '~/ui/Words.tsx'
import css from './WhatChanged.module.css'

type WhatChangedProps = { id: string; changes: Changes }

/** The run that completed like this one, and how long ago. */
function Since({ since }: Pick<Changes, 'since'>) {
  const now = useNow()
  const ago = since.finishedAt ? formatAgo(since.finishedAt, now) : ''
  return (
    <p>
      {said.since}
      <Link href={paths.run(since.id)}>{since.name ?? since.id}</Link>
      {since.likeness && <span className="dim">{said.likeness(since.likeness, ago)}</span>}
    </p>
  )
}

/** What is different since a run like this one completed, the most suspicious first. */
export function WhatChanged({ id, changes }: WhatChangedProps) {
  const { since, items, count, pending } = changes
  const more = count - items.length
  return (
    <section className={css.changed} aria-labelledby="what-changed">
      <h3 id="what-changed">{said.title}</h3>
      <Since since={since} />
      {items.length === 0 && <p className="dim">{pending ? said.pending : said.nothing}</p>}
      <ul>
        {items.map(({ kind, name, text, note }) => (
          <li key={`${kind} ${name}`}>
            <span className={css.kind}>{changeKinds[kind]}</span>{' '}
            <span className={css.text}>
              <Words text={text} />
              {note && <b className={css.note}>{note}</b>}
            </span>
          </li>
        ))}
      </ul>
      <p>
        {more > 0 && <span className="dim">{said.more(more)} · </span>}
        <Link href={paths.compare([since.id, id])}>{said.compare}</Link>
      </p>
    </section>
  )
}
