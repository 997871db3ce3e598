import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, type RefObject, useEffect, useRef } from 'react'
import { useLocation, useSearch } from 'wouter'
import { startRun } from '~/api/actions.ts'
import { ProblemError, type Run, type RunDetail, type SpecField } from '~/api/client.ts'
import { runQuery, specSchemaQuery } from '~/api/queries.ts'
import { paths } from '~/paths.ts'
import { nameOf } from '~/runs/facts.ts'
import { With } from '~/ui/States.tsx'
import { texts } from '~/ui/texts.ts'
import { CheckSettings } from './CheckSettings.tsx'
import { Examples } from './Examples.tsx'
import { Field } from './Field.tsx'
import { groupFields, specOf } from './fields.ts'
import css from './StartPage.module.css'

const said = texts.start

type StartFormProps = {
  fields: SpecField[]
  values: Record<string, unknown>
  onStarted: (run: Run) => void
}

/** The field that the server refused gets the focus. */
function useFocusOn(form: RefObject<HTMLFormElement | null>, field: string | undefined) {
  useEffect(() => {
    const input = field && form.current?.elements.namedItem(field)
    if (input instanceof HTMLElement) input.focus()
  }, [form, field])
}

function StartForm({ fields, values, onStarted }: StartFormProps) {
  const form = useRef<HTMLFormElement>(null)
  const start = useMutation({ ...startRun, onSuccess: onStarted })
  const problem = start.error instanceof ProblemError ? start.error.problem : null
  const known = fields.some(({ name }) => name === problem?.field)
  useFocusOn(form, known ? problem?.field : undefined)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    start.mutate(specOf(fields, new FormData(event.currentTarget)))
  }
  return (
    <form ref={form} onSubmit={submit} noValidate>
      {groupFields(fields).map((group) => (
        <fieldset key={group.name} className={css.group}>
          <legend>{said.groups[group.name]}</legend>
          <div className={css.fields}>
            {group.fields.map((field) => (
              <Field
                key={field.name}
                field={field}
                value={values[field.name]}
                error={problem?.field === field.name ? problem.detail : undefined}
              />
            ))}
          </div>
        </fieldset>
      ))}
      <CheckSettings spec={() => specOf(fields, new FormData(form.current ?? undefined))} />
      <div className={css.foot}>
        <button type="submit" className="btn primary" disabled={start.isPending}>
          {texts.startTraining}
        </button>
        {start.error && (
          <p className={css.error} role="alert">
            {said.failed} {!known && start.error.message}
          </p>
        )}
      </div>
    </form>
  )
}

const noValues = {}

/** The form, filled with the settings of another run where one is to be run again. */
function FormLike({ from, ...props }: Omit<StartFormProps, 'values'> & { from: string | null }) {
  const run = useQuery({ ...runQuery(from ?? ''), enabled: from !== null })
  if (from === null) return <StartForm {...props} values={noValues} />
  return (
    <With<RunDetail> result={run}>
      {(known) => (
        <>
          <p className="dim">{said.again(nameOf(known))}</p>
          <StartForm {...props} values={known.spec} />
        </>
      )}
    </With>
  )
}

/** Start a training: with one click, or with every setting in hand. */
export function StartPage() {
  const [, navigate] = useLocation()
  const from = new URLSearchParams(useSearch()).get('from')
  const schema = useQuery(specSchemaQuery)
  const toRun = (run: Run) => navigate(paths.run(run.id))
  return (
    <div className={css.page}>
      <title>{`${said.title} · ${texts.brand}`}</title>
      <h1>{said.title}</h1>
      {from === null && <Examples onStarted={toRun} />}
      <With result={schema}>
        {({ fields }) => (
          <section className={css.form}>
            <p className="dim">{said.explain}</p>
            <FormLike from={from} fields={fields} onStarted={toRun} />
          </section>
        )}
      </With>
    </div>
  )
}
