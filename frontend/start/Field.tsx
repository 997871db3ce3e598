import { useId } from 'react'
import type { SpecField } from '~/api/client.ts'
import { startTexts } from '~/texts/start.ts'
import { labelOf } from './fields.ts'
import css from './StartPage.module.css'

type ControlProps = {
  field: SpecField
  id: string
  value: string
  error: string | undefined
  describedBy: string
}

const shown = (value: unknown): string => {
  if (value === null || value === undefined) return ''
  return Array.isArray(value) ? value.join(' ') : String(value)
}

function Control({ field, id, value, error, describedBy }: ControlProps) {
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
  const numeric = field.type === 'integer' || field.type === 'number'
  return (
    <input
      {...common}
      type="text"
      inputMode={numeric ? 'decimal' : undefined}
      placeholder={shown(field.default)}
      autoComplete="off"
      spellCheck={false}
    />
  )
}

type FieldProps = { field: SpecField; value: unknown; error: string | undefined }

/** One parameter: its default as the placeholder, its limits and the server's refusal below. */
export function Field({ field, value, error }: FieldProps) {
  const id = useId()
  const limits = startTexts.limits(field.minimum, field.maximum)
  const hint = [field.help, limits].filter(Boolean)
  return (
    <div className={css.field}>
      <label htmlFor={id}>
        {labelOf(field.name)} {field.unit && <span className={css.unit}>{field.unit}</span>}
      </label>
      <Control
        field={field}
        id={id}
        value={shown(value)}
        error={error}
        describedBy={`${id}-hint ${id}-error`}
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
