import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useParams as useRouteParams } from 'wouter'
import { logOut } from '~/api/actions.ts'
import type { Finding, Setting } from '~/api/client.ts'
import { configQuery, doctorQuery, healthQuery } from '~/api/queries/system.ts'
import { paths } from '~/paths.ts'
import { useMe } from '~/people/me.ts'
import { commonTexts } from '~/texts/common.ts'
import { systemTexts as said } from '~/texts/system.ts'
import { Command } from '~/ui/Command.tsx'
import { NotFound, Part, With } from '~/ui/States.tsx'
import { Title } from '~/ui/Title.tsx'
import { AuditLog } from './AuditLog.tsx'
import { Findings } from './Findings.tsx'
import { Health } from './Health.tsx'
import { Notify } from './Notify.tsx'
import { PeoplePart } from './PeoplePart.tsx'
import { Storage } from './Storage.tsx'
import css from './SystemPage.module.css'
import { DensityChoice, ThemeChoice } from './ThemeChoice.tsx'

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
      <table className={`table ${css.table}`}>
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

/** What did not pass, and how many checks did. */
function Checks({ checks }: { checks: Finding[] }) {
  const passed = checks.filter(({ verdict }) => verdict === 'ok')
  const rest = checks.filter(({ verdict }) => verdict !== 'ok')
  return (
    <>
      {rest.length > 0 && <Findings findings={rest} label={said.checks} />}
      {passed.length > 0 && (
        <details className={css.passed}>
          <summary>{said.passed(passed.length)}</summary>
          <Findings findings={passed} label={said.passed(passed.length)} />
        </details>
      )}
    </>
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
          aria-disabled={result.isFetching}
          onClick={() => !result.isFetching && result.refetch()}
        >
          {said.checkAgain}
        </button>
      </div>
      <p className="dim">
        {said.checksExplain} <Command text={said.checksCommand} />
      </p>
      <Part result={result}>{({ checks }) => <Checks checks={checks} />}</Part>
    </section>
  )
}

function ServerHealth() {
  return (
    <>
      <Doctor />
      <Health />
      <Storage brief />
    </>
  )
}

function SettingsPart() {
  return (
    <>
      <ThemeChoice />
      <DensityChoice />
      <Notify />
      <Part result={useQuery(configQuery)}>
        {({ settings }) => (
          <div className={css.settings}>
            <Settings settings={settings} />
          </div>
        )}
      </Part>
    </>
  )
}

const PARTS = {
  health: ServerHealth,
  storage: Storage,
  settings: SettingsPart,
  people: PeoplePart,
  audit: AuditLog,
} as const

type PartName = keyof typeof PARTS
const isPart = (name: string | undefined): name is PartName =>
  name !== undefined && Object.hasOwn(PARTS, name)

/** For admins; the server refuses them to others. */
const OF_ADMINS: ReadonlySet<PartName> = new Set(['people', 'audit'])

function Parts({ shown }: { shown: PartName }) {
  const role = useMe()?.role
  return (
    <nav className={css.parts} aria-label={said.partsLabel}>
      {Object.keys(PARTS)
        .filter(isPart)
        .filter((name) => !OF_ADMINS.has(name) || role === 'admin')
        .map((name) => (
          <Link
            key={name}
            href={paths.system(name === 'health' ? undefined : name)}
            aria-current={name === shown ? 'page' : undefined}
          >
            {said.parts[name]}
          </Link>
        ))}
    </nav>
  )
}

/** The server in parts: its health, what uses the disk, its settings, and who did what. */
export function SystemPage() {
  const { part = 'health' } = useRouteParams<{ part?: string }>()
  const leave = useMutation(logOut)
  const known = useQuery(healthQuery)
  if (!isPart(part)) return <NotFound />
  const Shown = PARTS[part]
  return (
    <>
      <Title text={part === 'health' ? said.title : `${said.parts[part]} · ${said.title}`} />
      <With result={known}>
        {() => (
          <>
            <div className={css.head}>
              <h1>{said.title}</h1>
              <span className="grow" />
              <button type="button" className="btn" onClick={() => leave.mutate()}>
                {commonTexts.nav.logOut}
              </button>
            </div>
            <Parts shown={part} />
            <Shown />
          </>
        )}
      </With>
    </>
  )
}
