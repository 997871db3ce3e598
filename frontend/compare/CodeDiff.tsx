import type { CodeFile } from '~/api/client.ts'
import { AnsiText } from '~/log/AnsiText.tsx'
import { compareTexts as said } from '~/texts/compare.ts'
import css from './CodeDiff.module.css'
import { type Pair, pairs, type Side } from './sides.ts'

function Cell({ side, marked }: { side: Side | null; marked: boolean }) {
  if (!side) return <td className={css.none} colSpan={2} />
  const kind = side.sign === '-' ? css.removed : side.sign === '+' ? css.added : undefined
  return (
    <>
      <td className={css.number}>{side.number}</td>
      <td className={kind}>
        {side.sign !== ' ' && <span className="hidden">{side.sign}</span>}
        <AnsiText text={side.text} />
        {marked && <b className={css.mark}>{said.failed}</b>}
      </td>
    </>
  )
}

const rowClass = (before: Side | null, marked: boolean) =>
  marked ? css.marked : before?.sign === ' ' ? css.same : undefined

/** Lines of both runs beside each other; below each other where there is no room. */
function Hunk({ rows }: { rows: Pair[] }) {
  return (
    <tbody>
      {rows.map(({ before, after, marked }) => (
        <tr key={`${before?.number} ${after?.number}`} className={rowClass(before, marked)}>
          <Cell side={before} marked={false} />
          <Cell side={after} marked={marked} />
        </tr>
      ))}
    </tbody>
  )
}

/** How one file differs between two runs, the earlier one on the left. */
export function CodeDiff({ file }: { file: CodeFile }) {
  const { path, added, removed, binary, hunks, linesLeftOut } = file
  return (
    <details className={css.file} open>
      <summary>{said.file(path, added, removed)}</summary>
      {binary && <p className="dim">{said.binary}</p>}
      {hunks.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
        <section className={css.scroller} tabIndex={0} aria-label={said.codeOf(path)}>
          <table>
            {hunks.map(({ lines }) => (
              <Hunk key={`${lines[0]?.before} ${lines[0]?.after}`} rows={pairs(lines)} />
            ))}
          </table>
        </section>
      )}
      {linesLeftOut > 0 && <p className="dim">{said.leftOut(linesLeftOut)}</p>}
    </details>
  )
}
