import { useMutation, useQuery } from '@tanstack/react-query'
import { logOut } from '~/api/actions.ts'
import type { Setting } from '~/api/client.ts'
import { configQuery, doctorQuery } from '~/api/queries/system.ts'
import { commonTexts } from '~/texts/common.ts'
import { systemTexts as said } from '~/texts/system.ts'
import { Command } from '~/ui/Command.tsx'
import { Part, With } from '~/ui/States.tsx'
import { Title } from '~/ui/Title.tsx'
import { AuditLog } from './AuditLog.tsx'
import { Findings } from './Findings.tsx'
import { Health } from './Health.tsx'
import { Notify } from './Notify.tsx'
import { Storage } from './Storage.tsx'
import css from './SystemPage.module.css'

const shown = (value: unknown): string => {
  if (value === null || value === undefined || value === '') return '–'
  if (Array.isArray(value)) return value.join(', ') || '–'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Settings that somebody has changed come first. */
const setFirst = (settings: Setting[]): Setting[] => [
  ...settings.filter(({ source }) => source !== 'default'),
  ...settings.filter(({ source }) => source === 'default'),
]

function Settings({ settings }: { settings: Setting[] }) {
  return (
    <div className={css.scroll}>
      <table className={css.table}>
        <caption>{said.settings}</caption>
        <thead>
          <tr>
            <th scope="col">{said.columns.name}</th>
            <th scope="col">{said.columns.value}</th>
            <th scope="col">{said.columns.source}</th>
            <th scope="col">{said.columns.variable}</th>
          </tr>
        </thead>
        <tbody>
          {setFirst(settings).map((setting) => (
            <tr key={setting.name}>
              <th scope="row">
                {setting.name}
                <span className={css.help}>{setting.help}</span>
              </th>
              <td className="mono">{shown(setting.value)}</td>
              <td className="dim">{setting.source}</td>
              <td className="mono dim">{setting.variable}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Doctor() {
  const result = useQuery(doctorQuery)
  return (
    <section className={css.doctor} aria-labelledby="doctor">
      <div className={css.head}>
        <h2 id="doctor">{said.checks}</h2>
        <span className="grow" />
        <button
          type="button"
          className="btn"
          disabled={result.isFetching}
          onClick={() => result.refetch()}
        >
          {said.checkAgain}
        </button>
      </div>
      <p className="dim">
        {said.checksExplain} <Command text={said.checksCommand} />
      </p>
      <Part result={result}>
        {({ checks }) => <Findings findings={checks} label={said.checks} />}
      </Part>
    </section>
  )
}

function Body({ settings }: { settings: Setting[] }) {
  const leave = useMutation(logOut)
  return (
    <>
      <div className={css.head}>
        <h1>{said.title}</h1>
        <span className="grow" />
        <button type="button" className="btn" onClick={() => leave.mutate()}>
          {commonTexts.nav.logOut}
        </button>
      </div>
      <Doctor />
      <Health />
      <Storage />
      <Notify />
      <div className={css.settings}>
        <Settings settings={settings} />
      </div>
      <AuditLog />
    </>
  )
}

/** The server's checks, health, storage, settings and audit log. */
export function SystemPage() {
  return (
    <>
      <Title text={said.title} />
      <With result={useQuery(configQuery)}>{({ settings }) => <Body settings={settings} />}</With>
    </>
  )
}
