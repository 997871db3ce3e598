import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { columnsQuery } from '~/api/queries/search.ts'
import { columnTexts as said } from '~/texts/runs.ts'
import { Dialog } from '~/ui/Dialog.tsx'
import { Part } from '~/ui/States.tsx'
import css from './ColumnChooser.module.css'

type ChoiceProps = {
  title: string
  names: string[]
  chosen: string[]
  onToggle: (name: string) => void
}

function Choice({ title, names, chosen, onToggle }: ChoiceProps) {
  if (names.length === 0) return null
  return (
    <fieldset className={css.group}>
      <legend>{title}</legend>
      {names.map((name) => (
        <label key={name}>
          <input type="checkbox" checked={chosen.includes(name)} onChange={() => onToggle(name)} />
          <code>{name}</code>
        </label>
      ))}
    </fieldset>
  )
}

type ChooserProps = { chosen: string[]; onChange: (columns: string[]) => void }

function Chooser({ chosen, onChange }: ChooserProps) {
  const result = useQuery(columnsQuery)
  const [typed, setTyped] = useState('')
  const matching = (names: string[]) =>
    names.filter((name) => name.toLowerCase().includes(typed.trim().toLowerCase()))
  const toggle = (name: string) =>
    onChange(chosen.includes(name) ? chosen.filter((other) => other !== name) : [...chosen, name])
  return (
    <div className="stack">
      <input
        type="search"
        aria-label={said.filter}
        placeholder={said.filter}
        value={typed}
        data-autofocus
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
      />
      <Part result={result}>
        {({ parameters, metrics }) => (
          <div className={css.groups}>
            <Choice
              title={said.metrics}
              names={matching(metrics)}
              chosen={chosen}
              onToggle={toggle}
            />
            <Choice
              title={said.parameters}
              names={matching(parameters)}
              chosen={chosen}
              onToggle={toggle}
            />
          </div>
        )}
      </Part>
    </div>
  )
}

/** A button for the dialog in which any parameter or metric becomes a column. */
export function ColumnChooser({ chosen, onChange }: ChooserProps) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <button type="button" className="btn" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        {said.open}
      </button>
      {open && (
        <Dialog title={said.title} onClose={() => setOpen(false)}>
          <Chooser chosen={chosen} onChange={onChange} />
        </Dialog>
      )}
    </>
  )
}
