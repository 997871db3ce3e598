import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useEffect, useEffectEvent, useState } from 'react'
import { runsQuery } from '~/api/queries/runs.ts'
import { AnsiText } from '~/log/AnsiText.tsx'
import { calledOf, nameOf } from '~/runs/facts.ts'
import { StatusBadge } from '~/runs/StatusBadge.tsx'
import { compareTexts as said } from '~/texts/compare.ts'
import { formatAgo } from '~/ui/format.ts'
import { useNow } from '~/ui/now.ts'
import { choices } from './choices.ts'
import css from './RunPicker.module.css'

const MOST = 8

type FoundProps = {
  typed: string
  without: string[]
  /** Enter was pressed: the first run is picked, once it is what was typed that was found. */
  entered: boolean
  onPick: (id: string) => void
}

/** Runs that a search finds, the newest first, each a button. */
function Found({ typed, without, entered, onPick }: FoundProps) {
  const { data, isPlaceholderData } = useQuery(runsQuery({ q: typed.trim() || undefined }))
  const now = useNow()
  const runs = choices(data?.runs ?? [], typed.trim(), without).slice(0, MOST)
  const first = entered && !isPlaceholderData ? runs[0]?.id : undefined
  const pickFirst = useEffectEvent((id: string) => onPick(id))
  useEffect(() => {
    if (first !== undefined) pickFirst(first)
  }, [first])
  return (
    <ul className={css.found} aria-label={said.found}>
      {data && runs.length === 0 && <li className="dim">{said.noneFound}</li>}
      {runs.map((run) => (
        <li key={run.id}>
          <button type="button" aria-label={said.add(nameOf(run))} onClick={() => onPick(run.id)}>
            <span className={css.name}>
              <AnsiText text={calledOf(run) ?? run.id} />
            </span>
            <StatusBadge status={run.status} />
            <span className="faint">{formatAgo(run.startedAt ?? run.createdAt, now)}</span>
          </button>
        </li>
      ))}
    </ul>
  )
}

type RunPickerProps = { label: string; without: string[]; onPick: (id: string) => void }

/** Finds a run by the query language of the list; arrow keys walk what was found, Escape closes it. */
export function RunPicker({ label, without, onPick }: RunPickerProps) {
  const [typed, setTyped] = useState<string | null>(null)
  const [entered, setEntered] = useState(false)
  const press = (event: KeyboardEvent<HTMLDivElement>) => {
    const stops = Array.from(event.currentTarget.querySelectorAll<HTMLElement>('input, button'))
    const held = document.activeElement
    const at = held instanceof HTMLElement ? stops.indexOf(held) : -1
    if (event.key === 'Escape') {
      stops[0]?.focus()
      setTyped(null)
    } else if (event.key === 'ArrowDown') stops[at + 1]?.focus()
    else if (event.key === 'ArrowUp') stops[at - 1]?.focus()
    else if (event.key === 'Enter' && at === 0) setEntered(typed !== null)
    else return
    event.preventDefault()
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it hears the keys of the field and buttons in it
    <div
      className={css.picker}
      onKeyDown={press}
      onBlur={({ currentTarget, relatedTarget }) => {
        if (relatedTarget && !currentTarget.contains(relatedTarget)) setTyped(null)
      }}
    >
      <input
        type="text"
        aria-label={label}
        placeholder={said.searchRuns}
        autoComplete="off"
        spellCheck={false}
        value={typed ?? ''}
        onFocus={() => setTyped((before) => before ?? '')}
        onChange={({ currentTarget }) => {
          setEntered(false)
          setTyped(currentTarget.value)
        }}
      />
      {typed !== null && (
        <Found
          typed={typed}
          without={without}
          entered={entered}
          onPick={(id) => {
            setEntered(false)
            setTyped(null)
            onPick(id)
          }}
        />
      )}
    </div>
  )
}
