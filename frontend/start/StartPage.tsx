import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, type RefObject, useCallback, useEffect, useRef, useState } from 'react'
import { useLocation, useSearch } from 'wouter'
import { startRun } from '~/api/actions.ts'
import {
  type Problem,
  ProblemError,
  type Run,
  type RunDetail,
  type RunSpec,
  type SpecField,
} from '~/api/client.ts'
import { runQuery } from '~/api/queries/runs.ts'
import { specSchemaQuery } from '~/api/queries/start.ts'
import { paths } from '~/paths.ts'
import { useMayWrite } from '~/people/me.ts'
import { nameOf } from '~/runs/facts.ts'
import { commonTexts } from '~/texts/common.ts'
import { peopleTexts } from '~/texts/people.ts'
import { startTexts as said } from '~/texts/start.ts'
import { With } from '~/ui/States.tsx'
import { Title } from '~/ui/Title.tsx'
import { CheckSettings, Verdict } from './CheckSettings.tsx'
import { Examples } from './Examples.tsx'
import { Field } from './Field.tsx'
import { changedFields, type Group, groupFields, refusalOf, shownValue, specOf } from './fields.ts'
import css from './StartPage.module.css'

type StartFormProps = {
  fields: SpecField[]
  values: Record<string, unknown>
  onStarted: (run: Run) => void
}

/** Focuses the field that the server refused, and opens what it is folded in. */
function useFocusOn(form: RefObject<HTMLFormElement | null>, field: string | undefined) {
  useEffect(() => {
    const input = field && form.current?.elements.namedItem(field)
    if (!(input instanceof HTMLElement)) return
    input.closest('details')?.setAttribute('open', '')
    input.focus()
  }, [form, field])
}

const SETTLED_MS = 600

/** The parameters in the form, read when typing pauses. */
function useTyped(form: RefObject<HTMLFormElement | null>, fields: SpecField[]) {
  const [spec, setSpec] = useState<RunSpec | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const read = useCallback(() => {
    if (form.current) setSpec(specOf(fields, new FormData(form.current)))
  }, [form, fields])
  useEffect(() => {
    read()
    return () => clearTimeout(timer.current)
  }, [read])
  const look = () => {
    clearTimeout(timer.current)
    timer.current = setTimeout(read, SETTLED_MS)
  }
  return { spec, look }
}

type GroupProps = {
  group: Group
  values: Record<string, unknown>
  problem: Problem | null
  changed: string[]
}

function FieldGroup({ group, values, problem, changed }: GroupProps) {
  return (
    <fieldset className={css.group}>
      <legend>{said.groups[group.name]}</legend>
      <div className={css.fields}>
        {group.fields.map((field) => (
          <Field
            key={field.name}
            field={field}
            value={values[field.name]}
            error={problem?.field === field.name ? refusalOf(problem) : undefined}
            changed={changed.includes(field.name)}
          />
        ))}
      </div>
    </fieldset>
  )
}

/** Whether a run had anything in a field but what is usual. */
const isUnusual = (values: Record<string, unknown>, { name, default: usual }: SpecField) =>
  shownValue(values[name]) !== '' && shownValue(values[name]) !== shownValue(usual)

function StartForm({ fields, values, onStarted }: StartFormProps) {
  const form = useRef<HTMLFormElement>(null)
  const start = useMutation({ ...startRun, onSuccess: onStarted })
  const problem = start.error instanceof ProblemError ? start.error.problem : null
  const known = fields.some(({ name }) => name === problem?.field)
  const [changed, setChanged] = useState<string[]>([])
  useFocusOn(form, known ? problem?.field : undefined)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (!start.isPending) start.mutate(specOf(fields, new FormData(event.currentTarget)))
  }
  const { spec, look } = useTyped(form, fields)
  /** Clears a refusal when its field changes, or when any does if it is about none. */
  const forget = ({ target }: FormEvent<HTMLFormElement>) => {
    if (!start.isError) return
    if (!known || (target instanceof Element && target.getAttribute('name') === problem?.field)) {
      start.reset()
    }
  }
  const again = values !== noValues
  const [essentials, ...advanced] = groupFields(fields)
  const part = { values, problem, changed }
  return (
    <form
      ref={form}
      onSubmit={submit}
      onInput={(event) => {
        forget(event)
        look()
        if (again) setChanged(changedFields(fields, values, new FormData(event.currentTarget)))
      }}
      noValidate
    >
      {essentials && <FieldGroup group={essentials} {...part} />}
      <details
        className={css.advanced}
        open={advanced.some((group) => group.fields.some((field) => isUnusual(values, field)))}
      >
        <summary>{said.advanced}</summary>
        {advanced.map((group) => (
          <FieldGroup key={group.name} group={group} {...part} />
        ))}
      </details>
      {spec && <CheckSettings spec={spec} refused={problem?.field} />}
      <section className={css.foot} aria-label={said.bar}>
        {start.error ? (
          <p className={css.error} role="alert">
            {known ? said.refusedField : said.refused(start.error.message)}
          </p>
        ) : (
          spec && <Verdict spec={spec} />
        )}
        <span className="grow" />
        {again && (
          <span className="dim">
            {changed.length > 0 ? said.changes(changed.length) : said.unchanged}
          </span>
        )}
        <button type="submit" className="btn primary" aria-disabled={start.isPending}>
          {commonTexts.startTraining}
        </button>
      </section>
    </form>
  )
}

const noValues = {}

/** The parameters of a run, and what it is labelled with. */
const valuesOf = ({ spec, labels }: RunDetail) => ({
  ...spec,
  project: labels.project,
  tags: labels.tags.join(', '),
})

/** The form, filled in with the parameters of another run if there is a `from`. */
function FormLike({ from, ...props }: Omit<StartFormProps, 'values'> & { from: string | null }) {
  const run = useQuery({ ...runQuery(from ?? ''), enabled: from !== null })
  if (from === null) return <StartForm {...props} values={noValues} />
  return (
    <With<RunDetail> result={run}>
      {(known) => (
        <>
          <p className="dim">{said.again(nameOf(known))}</p>
          <StartForm {...props} values={valuesOf(known)} />
        </>
      )}
    </With>
  )
}

/** Starts a training: an example with one click, or any parameters. */
export function StartPage() {
  const [, navigate] = useLocation()
  const from = new URLSearchParams(useSearch()).get('from')
  const schema = useQuery(specSchemaQuery)
  const mayWrite = useMayWrite()
  const toRun = (run: Run) => navigate(paths.run(run.id))
  return (
    <div className={css.page}>
      <Title text={said.title} />
      <With result={schema}>
        {({ fields }) => (
          <>
            <h1>{said.title}</h1>
            <section className={css.form}>
              <p className="dim">{mayWrite ? said.explain : peopleTexts.viewer}</p>
              {mayWrite && <FormLike from={from} fields={fields} onStarted={toRun} />}
            </section>
            {mayWrite && from === null && <Examples onStarted={toRun} />}
          </>
        )}
      </With>
    </div>
  )
}
