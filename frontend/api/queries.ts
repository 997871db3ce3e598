import { queryOptions } from '@tanstack/react-query'
import type { LogMeta, Run, RunPage, RunStatus } from '~/api/client.ts'
import { body, client, isNotFound, request } from '~/api/client.ts'
import { type ReadText, readText } from '~/api/text.ts'
import { type ShownLine, toShown } from '~/log/shown.ts'
import { files, type LineRange, type RunsFilter } from '~/paths.ts'

const SOON = 1_000
const LATER = 2_000
const PAGE_SIZE = 50
const FINAL: ReadonlySet<RunStatus> = new Set(['completed', 'failed', 'cancelled', 'lost'])

/** Whether a status can still change. */
export const isFinal = (run: Pick<Run, 'status'>): boolean => FINAL.has(run.status)

/** Identifies one execution of a run: its newest attempt when no number is given. */
export type AttemptId = { id: string; attempt?: number | undefined }

const ofRun = ({ id, attempt }: AttemptId) => ({ path: { id }, query: { attempt } })

function listInterval(page: RunPage | undefined): number {
  const { running = 0, queued = 0 } = page?.counts ?? {}
  return running + queued > 0 ? SOON : LATER
}

/** One page of runs, asked for again every so often (never while the page is hidden). */
export const runsQuery = (filter: RunsFilter) =>
  queryOptions({
    queryKey: ['runs', filter],
    queryFn: ({ signal }) =>
      body(
        client.GET('/api/training/runs', {
          params: { query: { limit: PAGE_SIZE, ...filter } },
          signal,
        }),
      ),
    refetchInterval: (query) => listInterval(query.state.data),
    placeholderData: (previous) => previous,
  })

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ['run', id],
    queryFn: ({ signal }) =>
      body(client.GET('/api/training/runs/{id}', { params: { path: { id } }, signal })),
    refetchInterval: (query) => {
      const run = query.state.data
      return (run && isFinal(run)) || isNotFound(query.state.error) ? false : SOON
    },
  })

export const diagnosisQuery = (of: AttemptId) =>
  queryOptions({
    queryKey: ['run', of.id, 'diagnosis', of.attempt],
    queryFn: ({ signal }) =>
      body(client.GET('/api/training/runs/{id}/diagnosis', { params: ofRun(of), signal })),
    staleTime: Number.POSITIVE_INFINITY,
  })

const GROUPS_EVERY = 5_000

/** One page of errors that are the same across runs, the one seen last first. */
export const groupsQuery = (cursor: string | undefined) =>
  queryOptions({
    queryKey: ['groups', cursor],
    queryFn: ({ signal }) =>
      body(client.GET('/api/training/groups', { params: { query: { cursor } }, signal })),
    refetchInterval: GROUPS_EVERY,
    placeholderData: (previous) => previous,
  })

export const groupQuery = (id: string) =>
  queryOptions({
    queryKey: ['groups', 'one', id],
    queryFn: ({ signal }) =>
      body(client.GET('/api/training/groups/{id}', { params: { path: { id } }, signal })),
  })

const textOptions = { staleTime: Number.POSITIVE_INFINITY, gcTime: 60_000 }

/** The error of a finished attempt, exactly; only the first part of one too large for a page. */
export const errorQuery = ({ id, attempt }: AttemptId) =>
  queryOptions<ReadText>({
    queryKey: ['run', id, 'error', attempt],
    queryFn: async ({ signal }) => readText(await request(files.error(id, attempt), { signal })),
    ...textOptions,
  })

/** The bug report, made by the server, which masks secrets in it. */
export const reportQuery = ({ id, attempt }: AttemptId) =>
  queryOptions<ReadText>({
    queryKey: ['run', id, 'report', attempt],
    queryFn: async ({ signal }) => readText(await request(files.report(id, attempt), { signal })),
    ...textOptions,
  })

const FOLLOW_VISIBLE = 1_000
const FOLLOW_HIDDEN = 5_000

function followInterval(meta: LogMeta | undefined, hidden: boolean): number | false {
  if (meta?.final) return false
  return hidden ? FOLLOW_HIDDEN : FOLLOW_VISIBLE
}

/** Size of a log; polled, because open streams of several tabs would lock the whole origin. */
export const logMetaQuery = (of: AttemptId) =>
  queryOptions({
    queryKey: ['run', of.id, 'log', of.attempt, 'meta'],
    queryFn: ({ signal }) =>
      body(client.GET('/api/training/runs/{id}/log/meta', { params: ofRun(of), signal })),
    refetchInterval: (query) => followInterval(query.state.data, document.hidden),
    refetchIntervalInBackground: true,
  })

export const WINDOW_LINES = 200
/** A window is asked for again where an answer broke off; that one holds at least 64 kB of text. */
const ANSWER_HOLDS = 16_384

async function linesOf(of: AttemptId, from: number, count: number, signal: AbortSignal) {
  const params = { path: { id: of.id }, query: { attempt: of.attempt, from, count } }
  const answer = client.GET('/api/training/runs/{id}/log/lines', { params, signal })
  return (await body(answer)).lines
}

/** A window of lines; more than one request where they are so long that one answer cannot hold them. */
async function linesFrom(of: AttemptId, first: number, signal: AbortSignal): Promise<ShownLine[]> {
  const found: ShownLine[] = []
  while (found.length < WINDOW_LINES) {
    const left = WINDOW_LINES - found.length
    const lines = await linesOf(of, first + found.length, left, signal)
    found.push(...lines.map(toShown))
    const bytes = lines.reduce((sum, { text }) => sum + text.length, 0)
    if (bytes < ANSWER_HOLDS) break
  }
  return found
}

/** Lines are fetched and kept in windows of `WINDOW_LINES`; window 0 begins with line 1. */
export const logWindowQuery = (of: AttemptId, generation: string, window: number) =>
  queryOptions({
    queryKey: ['run', of.id, 'log', of.attempt, generation, window],
    queryFn: ({ signal }) => linesFrom(of, window * WINDOW_LINES + 1, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 20_000,
  })

/** Bytes [start, end) that lines `first` to `last` take in the log, their last newline included. */
async function spanOf(of: AttemptId, { first, last }: LineRange, signal: AbortSignal) {
  const offsetOf = async (from: number) => (await linesOf(of, from, 1, signal))[0]?.offset
  const [start, end] = await Promise.all([offsetOf(first), offsetOf(last + 1)])
  return { start: start ?? 0, end }
}

/** The exact text of some lines of a log, however long they are. */
export const logRangeQuery = (of: AttemptId, lines: LineRange) =>
  queryOptions<ReadText>({
    queryKey: ['run', of.id, 'log', of.attempt, 'range', lines],
    queryFn: async ({ signal }) => {
      const { start, end } = await spanOf(of, lines, signal)
      const range = `bytes=${start}-${end === undefined ? '' : end - 1}`
      const log = files.log(of.id, of.attempt)
      return readText(await request(log, { signal, headers: { range } }))
    },
    gcTime: 20_000,
    refetchOnWindowFocus: false,
  })

export const configQuery = queryOptions({
  queryKey: ['config'],
  queryFn: ({ signal }) => body(client.GET('/api/training/config', { signal })),
})

/** What would make a training with the server's defaults fail. */
export const doctorQuery = queryOptions({
  queryKey: ['doctor'],
  queryFn: ({ signal }) => body(client.GET('/api/training/doctor', { signal })),
  staleTime: 10_000,
})

export const examplesQuery = queryOptions({
  queryKey: ['examples'],
  queryFn: ({ signal }) => body(client.GET('/api/training/examples', { signal })),
  staleTime: 60_000,
})

export const specSchemaQuery = queryOptions({
  queryKey: ['spec-schema'],
  queryFn: ({ signal }) => body(client.GET('/api/training/spec-schema', { signal })),
  staleTime: 60_000,
})
