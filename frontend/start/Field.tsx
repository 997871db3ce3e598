import { useQuery } from '@tanstack/react-query'
import { useId } from 'react'
import type { SpecField } from '~/api/client.ts'
import { completionsQuery } from '~/api/queries/search.ts'
import { startTexts } from '~/texts/start.ts'
import { labelOf, shownValue as shown, shownSize } from './fields.ts'
import css from './StartPage.module.css'

type ControlProps = {
  field: SpecField
  id: string
  value: string
  error: string | undefined
  describedBy: string
  known: string[]
}

function Control({ field, id, value, error, describedBy, known }: ControlProps) {
  const common = {
    id,
    name: field.name,
    defaultValue: value,
    'aria-invalid': error !== undefined,
    'aria-describedby': describedBy,
  }
  if (field.choices.length > 0) {
    return (
      <select {...common}>
        <option value="">{shown(field.default) || startTexts.serverDefault}</option>
        {field.choices
          .filter((choice) => choice !== field.default)
          .map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
      </select>
    )
  }
  const numeric = (field.type === 'integer' || field.type === 'number') && field.unit !== 'bytes'
  return (
    <>
      <input
        {...common}
        type="text"
        inputMode={numeric ? 'decimal' : undefined}
        placeholder={shown(field.default)}
        autoComplete="off"
        spellCheck={false}
        list={known.length > 0 ? `${id}-known` : undefined}
      />
      {known.length > 0 && (
        <datalist id={`${id}-known`}>
          {known.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      )}
    </>
  )
}

/** What the query language of the list calls a field's value. */
const TERMS: Record<string, string> = {
  baseModel: 'model',
  dbPath: 'dbPath',
  dataFile: 'dataFile',
}

/** Values that earlier runs had, of fields that are tedious to type. */
function useKnown(name: string): string[] {
  const term = TERMS[name]
  const { data } = useQuery({ ...completionsQuery(`${term}:`), enabled: term !== undefined })
  if (term === undefined) return []
  return data?.completions.map(({ text }) => text.slice(term.length + 1).replaceAll('"', '')) ?? []
}

/** What a changed field held before. */
function Was({ before, field }: { before: string; field: SpecField }) {
  const said = before
    ? startTexts.was(before)
    : startTexts[field.default === null ? 'wasEmpty' : 'wasDefault']
  return <span className={css.was}>{said}</span>
}

type FieldProps = { field: SpecField; value: unknown; error: string | undefined; changed: boolean }

/** One parameter: its default as the placeholder, its limits and the server's refusal below. */
export function Field({ field, value, error, changed }: FieldProps) {
  const id = useId()
  const known = useKnown(field.name)
  const sized = field.unit === 'bytes'
  const limits = startTexts.limits(field.minimum, field.maximum, sized ? shownSize : undefined)
  const hint = [field.help, limits].filter(Boolean)
  return (
    <div className={changed ? css.changed : css.field}>
      <label htmlFor={id}>
        {labelOf(field.name)}{' '}
        {field.unit && !sized && <span className={css.unit}>{field.unit}</span>}
      </label>
      {changed && <Was before={shown(value, field.unit)} field={field} />}
      <Control
        field={field}
        id={id}
        value={shown(value, field.unit)}
        error={error}
        describedBy={`${id}-hint ${id}-error`}
        known={known}
      />
      <p id={`${id}-hint`} className={css.hint}>
        {hint.join(' ')}
      </p>
      <p id={`${id}-error`} className={css.error} role={error && 'alert'}>
        {error}
      </p>
    </div>
  )
}
