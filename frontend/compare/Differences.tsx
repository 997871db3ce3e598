import { useState } from 'react'
import type { Run, TableRow } from '~/api/client.ts'
import { AnsiText } from '~/log/AnsiText.tsx'
import { kindNames, compareTexts as said } from '~/texts/compare.ts'
import { NONE } from '~/ui/format.ts'
import css from './ComparePage.module.css'
import { RunTable } from './RunTable.tsx'

/** What is another value than the first run's stands out. */
function Row({ row }: { row: TableRow }) {
  return (
    <tr>
      <th scope="row">
        {/* A flag too long for a line is not parted after its dashes. */}
        <span className={row.name.startsWith('--') ? 'word' : undefined}>
          <AnsiText text={row.name} />
        </span>
      </th>
      {row.values.map((value, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a column of the table
        <td key={place} className={row.differs && value !== row.values[0] ? css.other : undefined}>
          <AnsiText text={value ?? NONE} />
        </td>
      ))}
    </tr>
  )
}

/** Rows in groups of a kind, in the order in which the kinds come. */
function groupsOf(rows: TableRow[]): [TableRow['kind'], TableRow[]][] {
  const kinds = Array.from(new Set(rows.map(({ kind }) => kind)))
  return kinds.map((kind) => [kind, rows.filter((row) => row.kind === kind)])
}

type DifferencesProps = {
  runs: Run[]
  names: string[]
  rows: TableRow[]
  onRemove: (id: string) => void
}

/** What the runs were started with: parameters that differ first; what is the same on demand. */
export function Differences({ runs, names, rows, onRemove }: DifferencesProps) {
  const [all, setAll] = useState(false)
  const same = rows.filter(({ differs }) => !differs).length
  const shown = all || runs.length < 2 ? rows : rows.filter(({ differs }) => differs)
  return (
    <div>
      <h2 className={css.heading}>{said.differences}</h2>
      <RunTable label={said.differences} runs={runs} names={names} onRemove={onRemove}>
        {groupsOf(shown).map(([kind, group]) => (
          <tbody key={kind}>
            <tr className={css.kind}>
              <th scope="rowgroup" colSpan={runs.length + 1}>
                {kindNames[kind]}
              </th>
            </tr>
            {group.map((row) => (
              <Row key={row.name} row={row} />
            ))}
          </tbody>
        ))}
      </RunTable>
      <p className={css.foot}>
        {runs.length > 1 && same === rows.length && <span>{said.noDifference}</span>}
        {same > 0 && runs.length > 1 && (
          <button type="button" className="link" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? said.hideSame : said.showSame(same)}
          </button>
        )}
      </p>
    </div>
  )
}
