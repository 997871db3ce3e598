import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { runsQuery } from '~/api/queries/runs.ts'
import { viewsQuery } from '~/api/queries/search.ts'
import { nameOf } from '~/runs/facts.ts'
import { statusNames } from '~/texts/common.ts'
import { paletteTexts as said } from '~/texts/palette.ts'
import { Dialog } from '~/ui/Dialog.tsx'
import { type Command, calledFirst, commandsFor, matching } from './commands.ts'
import css from './Palette.module.css'

const MOST_RUNS = 8

/** Matching pages, actions and saved views, then matching runs, found by the server. */
function useCommands(typed: string): Command[] {
  const [path] = useLocation()
  const saved = useQuery(viewsQuery).data?.views ?? []
  const views = saved.map(({ name, query }) => ({ name, note: said.view, to: `/?${query}` }))
  const { data } = useQuery(runsQuery({ q: typed.trim() || undefined }))
  const runs = (data?.runs ?? []).map((run) => ({
    name: nameOf(run),
    note: run.status === 'failed' ? (run.title ?? statusNames.failed) : statusNames[run.status],
    to: `/runs/${run.id}`,
  }))
  return [
    ...matching([...commandsFor(path), ...views], typed),
    ...calledFirst(runs, typed).slice(0, MOST_RUNS),
  ]
}

const moves: Record<string, (at: number, count: number) => number> = {
  ArrowDown: (at, count) => (at + 1) % count,
  ArrowUp: (at, count) => (at + count - 1) % count,
}

type OptionProps = { id: string; command: Command; active: boolean; onChoose: () => void }

function Option({ id, command, active, onChoose }: OptionProps) {
  const option = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (active) option.current?.scrollIntoView({ block: 'nearest' })
  }, [active])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field that owns the list hears the keys
    <div
      ref={option}
      id={id}
      role="option"
      aria-selected={active}
      tabIndex={-1}
      className={css.option}
      onClick={onChoose}
    >
      <span className={css.name}>{command.name}</span> <span className="faint">{command.note}</span>
    </div>
  )
}

/** Goes to anything by name: pages, actions, and any run. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState('')
  const [at, setAt] = useState(0)
  const [, navigate] = useLocation()
  const id = useId()
  const commands = useCommands(typed)
  const active = Math.min(at, commands.length - 1)
  const choose = (command: Command | undefined) => {
    if (!command) return
    onClose()
    if ('to' in command) navigate(command.to)
    else command.act()
  }
  const press = (event: KeyboardEvent) => {
    const move = moves[event.key]
    if (event.key === 'Enter') choose(commands[active])
    else if (move && commands.length > 0) setAt(move(active, commands.length))
    else return
    event.preventDefault()
  }
  return (
    <Dialog title={said.title} onClose={onClose}>
      <input
        type="text"
        role="combobox"
        aria-expanded
        aria-controls={id}
        aria-activedescendant={commands[active] && `${id}-${active}`}
        aria-autocomplete="list"
        aria-label={said.label}
        placeholder={said.label}
        autoComplete="off"
        spellCheck={false}
        data-autofocus
        value={typed}
        onKeyDown={press}
        onChange={({ currentTarget }) => {
          setTyped(currentTarget.value)
          setAt(0)
        }}
      />
      <div id={id} role="listbox" aria-label={said.results} tabIndex={-1} className={css.options}>
        {commands.map((command, index) => (
          <Option
            key={'to' in command ? command.to : command.name}
            id={`${id}-${index}`}
            command={command}
            active={index === active}
            onChoose={() => choose(command)}
          />
        ))}
      </div>
      {commands.length === 0 && <p className="dim">{said.nothing}</p>}
    </Dialog>
  )
}
