/** Every address the page knows, in one place: its own pages and the server's plain files. */

const API = '/api/training'

/** A run id is safe in a path as it is made by the server, but a link may hold anything. */
const of = (id: string) => encodeURIComponent(id)

function query(values: Record<string, string | number | undefined>): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== '') search.set(name, String(value))
  }
  const text = search.toString()
  return text && `?${text}`
}

/** `#L10` or `#L10-L20`: the lines a link points at. */
export type LineRange = { first: number; last: number }

export function lineHash({ first, last }: LineRange): string {
  return first === last ? `#L${first}` : `#L${first}-L${last}`
}

/** The lines a hash names, ordered; null when it names none. */
export function parseLineHash(hash: string): LineRange | null {
  const match = /^#?L(\d{1,15})(?:-L?(\d{1,15}))?$/.exec(hash)
  if (!match) return null
  const one = Number(match[1])
  const two = Number(match[2] ?? match[1])
  return one < 1 || two < 1 ? null : { first: Math.min(one, two), last: Math.max(one, two) }
}

export type RunsFilter = {
  status?: string | undefined
  cause?: string | undefined
  model?: string | undefined
  fingerprint?: string | undefined
  flag?: string | undefined
  q?: string | undefined
  sort?: string | undefined
  columns?: string | undefined
  cursor?: string | undefined
}

/** The parts of the page of the system, besides its health. */
export type SystemPart = 'storage' | 'settings' | 'people' | 'audit'

/** A place in a log: of an attempt, and of one of its ranks, or of all as one. */
type LogPlace = {
  attempt?: number | undefined
  rank?: number | 'all' | undefined
  lines?: LineRange | null
}

export const paths = {
  runs: (filter: RunsFilter = {}) => `/${query(filter)}`,
  /** Runs side by side; of two the earlier one comes first. */
  compare: (ids: string[]) => `/compare?ids=${ids.map(of).join(',')}`,
  run: (id: string, attempt?: number) => `/runs/${of(id)}${query({ attempt })}`,
  log: (id: string, options: LogPlace = {}) =>
    `/runs/${of(id)}/log${query({ attempt: options.attempt, rank: options.rank })}${
      options.lines ? lineHash(options.lines) : ''
    }`,
  errors: (
    wanted: { q?: string; state?: string; sort?: string; cursor?: string | undefined } = {},
  ) => `/errors${query(wanted)}`,
  start: (from?: string) => `/new${query({ from })}`,
  system: (part?: SystemPart, audit?: string) =>
    `/system${part ? `/${part}` : ''}${query({ audit })}`,
} as const

/** The artifact in which a trainer keeps what its model answered. */
export const SAMPLES = 'samples.json'

export const files = {
  error: (id: string, attempt?: number) => `${API}/runs/${of(id)}/error${query({ attempt })}`,
  report: (id: string, attempt?: number, part?: 'overflow') =>
    `${API}/runs/${of(id)}/report.md${query({ attempt, part })}`,
  log: (id: string, attempt?: number, rank?: number) =>
    `${API}/runs/${of(id)}/log${query({ attempt, rank })}`,
  artifact: (id: string, path: string, attempt?: number) =>
    `${API}/runs/${of(id)}/artifacts/${path.split('/').map(of).join('/')}${query({ attempt })}`,
  artifacts: (id: string, attempt?: number) =>
    `${API}/runs/${of(id)}/artifacts.zip${query({ attempt })}`,
  logDownload: (id: string, attempt?: number, rank?: number) =>
    `${API}/runs/${of(id)}/log${query({ attempt, rank, download: 1 })}`,
} as const
