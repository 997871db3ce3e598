import { type KeyboardEvent, useEffect, useRef } from 'react'
import { commonTexts } from '~/texts/common.ts'
import { logTexts as said } from '~/texts/log.ts'
import css from './FindBar.module.css'
import type { Hits } from './hits.ts'
import type { Find, useLogOptions } from './options.ts'

const SETTLED_MS = 200

/** The state of the search, in words. */
export function findWords(find: Find, { total, at, line, error }: Hits): string {
  if (error) return error.message.replace(/^q: /, '')
  if (find.q === '') return ''
  if (total === undefined) return said.searching
  return total === 0 ? said.noMatches : said.matches(at + 1, total, line)
}

type ToggleProps = { label: string; mark: string; on: boolean; onToggle: () => void }

function Toggle({ label, mark, on, onToggle }: ToggleProps) {
  return (
    <button
      type="button"
      className={css.toggle}
      aria-pressed={on}
      aria-label={label}
      title={label}
      onClick={onToggle}
    >
      {mark}
    </button>
  )
}

/** Searches when typing pauses; uncontrolled, so that no answer can overwrite what is typed. */
function Term({ q, onChange, onStep }: TermProps) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const sent = useRef(q)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    input.current?.focus()
    return () => clearTimeout(timer.current)
  }, [])
  const send = (text: string) => {
    clearTimeout(timer.current)
    if (sent.current === text) return false
    sent.current = text
    onChange(text)
    return true
  }
  const press = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key !== 'Enter') return
    event.preventDefault()
    if (!send(event.currentTarget.value)) onStep(event.shiftKey ? -1 : 1)
  }
  return (
    <input
      ref={input}
      id="find"
      type="search"
      className={css.term}
      aria-label={said.findInLog}
      placeholder={said.findInLog}
      autoComplete="off"
      spellCheck={false}
      defaultValue={q}
      onKeyDown={press}
      onChange={({ currentTarget: { value } }) => {
        clearTimeout(timer.current)
        timer.current = setTimeout(() => send(value), SETTLED_MS)
      }}
    />
  )
}

type TermProps = { q: string; onChange: (q: string) => void; onStep: (by: 1 | -1) => void }

type FindBarProps = { find: Find; hits: Hits; options: ReturnType<typeof useLogOptions> }

/** Searches the whole log: Enter for the next match, Shift+Enter for the previous one. */
export function FindBar({ find, hits, options }: FindBarProps) {
  const none = !hits.total
  const close = () => {
    options.setFind(null)
    document.getElementById('log')?.focus({ preventScroll: true })
  }
  return (
    <search
      className={css.bar}
      onKeyDown={(event) => {
        if (event.key === 'Escape') close()
      }}
    >
      <Term q={find.q} onChange={options.setFind} onStep={hits.step} />
      <Toggle
        label={said.exactCase}
        mark="Aa"
        on={find.exactCase}
        onToggle={() => options.toggle('case')}
      />
      <Toggle
        label={said.regex}
        mark=".*"
        on={find.regex}
        onToggle={() => options.toggle('regex')}
      />
      <button type="button" className="btn" disabled={none} onClick={() => hits.step(-1)}>
        {said.previous}
      </button>
      <button type="button" className="btn" disabled={none} onClick={() => hits.step(1)}>
        {said.next}
      </button>
      <span className={hits.error ? css.error : css.words}>{findWords(find, hits)}</span>
      <span className="grow" />
      <button type="button" className="link" onClick={close}>
        {commonTexts.close}
      </button>
    </search>
  )
}
