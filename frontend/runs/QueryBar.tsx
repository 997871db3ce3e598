import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { completionsQuery } from '~/api/queries/search.ts'
import { runsTexts as said } from '~/texts/runs.ts'
import { useShortcuts } from '~/ui/shortcuts.ts'
import css from './QueryBar.module.css'

type Completion = { text: string; note: string }

const SETTLED_MS = 250

type OptionsProps = {
  id: string
  found: Completion[]
  at: number
  onChoose: (completion: Completion) => void
}

function Options({ id, found, at, onChoose }: OptionsProps) {
  return (
    <div id={id} role="listbox" aria-label={said.completions} className={css.options}>
      {found.map((completion, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field that owns the list hears the keys
        <div
          key={completion.text}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === at}
          tabIndex={-1}
          className={css.option}
          // The field keeps the focus.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onChoose(completion)}
        >
          <code>{completion.text}</code> <span className="faint">{completion.note}</span>
        </div>
      ))}
    </div>
  )
}

/** What may follow behind the typed text; nothing while the list is closed. */
function useCompletions(typed: string | null) {
  const { data } = useQuery({ ...completionsQuery(typed ?? ''), enabled: typed !== null })
  return typed === null || data === undefined ? { start: 0, completions: [] } : data
}

const moves: Record<string, (at: number, count: number) => number> = {
  ArrowDown: (at, count) => (at + 1) % count,
  ArrowUp: (at, count) => (at <= 0 ? count : at) - 1,
}

type QueryBarProps = { q: string; mistake: string | undefined; onSearch: (q: string) => void }

/** Searches when typing pauses; not controlled, so that no answer can overwrite what is typed. */
export function QueryBar({ q, mistake, onSearch }: QueryBarProps) {
  const input = useRef<HTMLInputElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const [typed, setTyped] = useState<string | null>(null) // up to the caret; null: no list
  const [at, setAt] = useState(-1)
  const { start, completions } = useCompletions(typed)
  const id = useId()
  const isOpen = completions.length > 0
  useEffect(() => {
    const field = input.current
    if (field && field.value.trim() !== q) field.value = q
    return () => clearTimeout(timer.current)
  }, [q])
  useShortcuts({ '/': () => input.current?.focus() })
  const search = (after: number) => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => onSearch(input.current?.value.trim() ?? ''), after)
  }
  const close = () => {
    setTyped(null)
    setAt(-1)
  }
  const type = (field: HTMLInputElement) => {
    setTyped(field.value.slice(0, field.selectionStart ?? undefined))
    setAt(-1)
    search(SETTLED_MS)
  }
  const choose = ({ text }: Completion) => {
    const field = input.current
    if (!field || typed === null) return
    const goesOn = text.endsWith(':')
    field.setRangeText(goesOn ? text : `${text} `, start, typed.length, 'end')
    if (goesOn) type(field)
    else {
      close()
      search(0)
    }
  }
  const press = (event: KeyboardEvent) => {
    const move = moves[event.key]
    const chosen = completions[at]
    if (move && isOpen) setAt(move(at, completions.length))
    else if (chosen && (event.key === 'Enter' || event.key === 'Tab')) choose(chosen)
    else if (event.key === 'Escape' && isOpen) close()
    else {
      if (event.key !== 'Enter') return
      close()
      search(0)
    }
    event.preventDefault()
  }
  const wrong = isOpen ? undefined : mistake
  return (
    <div className={css.bar}>
      <input
        ref={input}
        type="search"
        role="combobox"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        aria-activedescendant={isOpen && at >= 0 ? `${id}-${at}` : undefined}
        aria-autocomplete="list"
        aria-label={said.search}
        aria-invalid={wrong !== undefined}
        aria-describedby={`${id}-mistake`}
        placeholder={said.searchHint}
        autoComplete="off"
        spellCheck={false}
        defaultValue={q}
        onKeyDown={press}
        onBlur={close}
        onChange={({ currentTarget }) => type(currentTarget)}
      />
      {isOpen && <Options id={id} found={completions} at={at} onChoose={choose} />}
      <p id={`${id}-mistake`} className={css.mistake} role="alert">
        {wrong}
      </p>
    </div>
  )
}
