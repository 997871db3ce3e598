import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { LogLine, LogMeta, Run, RunPage, RunSpec, RunStatus } from '~/api/client.ts'
import { body, client, isLogin, isNotFound, request, Unreachable } from '~/api/client.ts'
import { type ReadText, readText } from '~/api/text.ts'
import type { Find } from '~/log/options.ts'
import { isWrittenOver, type ShownLine, toShown, withEnd } from '~/log/shown.ts'
import { files, type LineRange, type RunsFilter, SAMPLES } from '~/paths.ts'

const SOON = 1_000
const LATER = 2_000
const PAGE_SIZE = 50
const FINAL: ReadonlySet<RunStatus> = new Set(['completed', 'failed', 'cancelled', 'lost'])

/** Whether a status can still change. */
export const isFinal = (run: Pick<Run, 'status'>): boolean => FINAL.has(run.status)

type Asked = { state: { error: Error | null } }

/** What nobody answered is asked again until somebody does, as the page says that it is. */
export const whenAway = ({ state }: Asked): number | false =>
  state.error instanceof Unreachable && LATER

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

const RECENT = 20
const RECENT_EVERY = 5_000

/** The newest runs, asked for even while the page is hidden: somebody waits for one to end. */
export const recentQuery = queryOptions({
  queryKey: ['recent'],
  queryFn: ({ signal }) =>
    body(client.GET('/api/training/runs', { params: { query: { limit: RECENT } }, signal })),
  refetchInterval: (query) => (isLogin(query.state.error) ? false : RECENT_EVERY),
  refetchIntervalInBackground: true,
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

/** The losses of the runs on a page of the list; asked for again while one of them learns. */
export const curvesQuery = (runs: Run[]) => {
  const ids = runs
    .filter(
      ({ kind, startedAt, finalLoss }) => startedAt && (kind === 'training' || finalLoss !== null),
    )
    .map(({ id }) => id)
  return queryOptions({
    queryKey: ['curves', ids],
    queryFn: ({ signal }) =>
      body(
        client.GET('/api/training/runs/curves', {
          params: { query: { ids: ids.join(',') } },
          signal,
        }),
      ),
    enabled: ids.length > 0,
    refetchInterval: (query) => (runs.every(isFinal) ? whenAway(query) : CURVES_EVERY),
    placeholderData: (previous) => previous,
  })
}

const CURVES_EVERY = 3_000
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

/** More than a chart has columns; the server thins what is more, and keeps the peaks. */
const MOST_POINTS = 4_000

/** What an attempt measured; `growing` while it still does. */
export const metricsQuery = ({ id, attempt }: AttemptId, growing: boolean) =>
  queryOptions({
    queryKey: ['run', id, 'metrics', attempt],
    queryFn: ({ signal }) =>
      body(
        client.GET('/api/training/runs/{id}/metrics', {
          params: { path: { id }, query: { attempt, points: MOST_POINTS } },
          signal,
        }),
      ),
    staleTime: growing ? 0 : Number.POSITIVE_INFINITY,
    refetchInterval: (query) => (growing ? LATER : whenAway(query)),
  })

/** The files an attempt left; asked for again while their checksums are being made. */
export const artifactsQuery = ({ id, attempt }: AttemptId) =>
  queryOptions({
    queryKey: ['run', id, 'artifacts', attempt],
    queryFn: ({ signal }) =>
      body(
        client.GET('/api/training/runs/{id}/artifacts', {
          params: ofRun({ id, attempt }),
          signal,
        }),
      ),
    refetchInterval: (query) =>
      query.state.data?.artifacts.some(({ sha256 }) => sha256 === null) ? LATER : whenAway(query),
  })

const textOptions = { staleTime: Number.POSITIVE_INFINITY, gcTime: 60_000 }

/** More text than anybody looks through; what is longer is no JSON once it is cut, and not shown. */
const SAMPLES_BYTES = 2 ** 18

/** What the model answered before and after its training. */
export const samplesQuery = ({ id, attempt }: AttemptId) =>
  queryOptions<ReadText>({
    queryKey: ['run', id, 'samples', attempt],
    queryFn: async ({ signal }) =>
      readText(await request(files.artifact(id, SAMPLES, attempt), { signal }), SAMPLES_BYTES),
    ...textOptions,
  })

/** The error of a finished attempt, exactly; only the first part of one too large for a page. */
export const errorQuery = ({ id, attempt }: AttemptId) =>
  queryOptions<ReadText>({
    queryKey: ['run', id, 'error', attempt],
    queryFn: async ({ signal }) => readText(await request(files.error(id, attempt), { signal })),
    ...textOptions,
  })

/** The file that goes with a report which has no room for the whole error. */
export type Overflow = { name: string; characters: number }

function overflowOf({ headers }: Response): Overflow | null {
  const name = headers.get('X-Overflow-Name')
  return name === null ? null : { name, characters: Number(headers.get('X-Overflow-Characters')) }
}

/** The bug report, made by the server, which masks secrets in it. */
export const reportQuery = ({ id, attempt }: AttemptId) =>
  queryOptions<ReadText & { overflow: Overflow | null }>({
    queryKey: ['run', id, 'report', attempt],
    queryFn: async ({ signal }) => {
      const response = await request(files.report(id, attempt), { signal })
      return { ...(await readText(response)), overflow: overflowOf(response) }
    },
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

/** How much is read of the end of a line that was written over more often than one answer holds. */
const END_BYTES = 16_384

async function bytesOf(of: AttemptId, range: string, signal: AbortSignal, most?: number) {
  const log = files.log(of.id, of.attempt)
  return readText(await request(log, { signal, headers: { range: `bytes=${range}` } }), most)
}

/** A huge line of a progress bar says what it said last, not what it said first. */
async function shownOf(of: AttemptId, line: LogLine, signal: AbortSignal): Promise<ShownLine> {
  const shown = toShown(line)
  if (!isWrittenOver(line)) return shown
  const { start, end } = await spanOf(of, { first: line.number, last: line.number }, signal)
  const range = end === undefined ? `-${END_BYTES}` : `${end - END_BYTES}-${end - 1}`
  const { text } = await bytesOf(of, range, signal)
  return withEnd(shown, line, text, (end ?? (await sizeOf(of, signal))) - start)
}

async function sizeOf(of: AttemptId, signal: AbortSignal): Promise<number> {
  const meta = client.GET('/api/training/runs/{id}/log/meta', { params: ofRun(of), signal })
  return (await body(meta)).size
}

/** A window of lines; more than one request where they are so long that one answer cannot hold them. */
async function linesFrom(of: AttemptId, first: number, signal: AbortSignal): Promise<ShownLine[]> {
  const found: ShownLine[] = []
  while (found.length < WINDOW_LINES) {
    const left = WINDOW_LINES - found.length
    const lines = await linesOf(of, first + found.length, left, signal)
    found.push(...(await Promise.all(lines.map((line) => shownOf(of, line, signal)))))
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

/** Marked lines are fetched to be copied, not shown: more of them than of an error. */
const RANGE_BYTES = 64 * 2 ** 20

/** The exact text of some lines of a log, however long they are. */
export const logRangeQuery = (of: AttemptId, lines: LineRange) =>
  queryOptions<ReadText>({
    queryKey: ['run', of.id, 'log', of.attempt, 'range', lines],
    queryFn: async ({ signal }) => {
      const { start, end } = await spanOf(of, lines, signal)
      const range = `${start}-${end === undefined ? '' : end - 1}`
      return bytesOf(of, range, signal, RANGE_BYTES)
    },
    gcTime: 20_000,
    refetchOnWindowFocus: false,
  })

const SEARCH_AGAIN = 5_000

/** Every match in the whole log, in pages; asked for again while the log grows. */
export const logSearchQuery = (of: AttemptId, meta: LogMeta, find: Find) =>
  infiniteQueryOptions({
    queryKey: ['run', of.id, 'log', of.attempt, meta.generation, 'search', find],
    queryFn: ({ pageParam, signal }) => searchLog(of, find, pageParam, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: meta.final ? false : SEARCH_AGAIN,
    gcTime: 60_000,
  })

function searchLog(of: AttemptId, find: Find, from: string, signal: AbortSignal) {
  const flag = (on: boolean) => (on ? '1' : '0')
  const { q, regex, exactCase } = find
  const wanted = { attempt: of.attempt, q, regex: flag(regex), case: flag(exactCase) } as const
  const query = from === '' ? wanted : { ...wanted, cursor: from }
  const params = { path: { id: of.id }, query }
  return body(client.GET('/api/training/runs/{id}/log/search', { params, signal }))
}

/** What was done here, newest first. */
export const auditQuery = (cursor: string | undefined) =>
  queryOptions({
    queryKey: ['audit', cursor],
    queryFn: ({ signal }) =>
      body(client.GET('/api/training/audit', { params: { query: { cursor } }, signal })),
    placeholderData: (previous) => previous,
  })

/** Whether the server does its part. */
export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: ({ signal }) => body(client.GET('/api/training/health', { signal })),
  refetchInterval: GROUPS_EVERY,
})

/** What the home takes of the disk. */
export const storageQuery = queryOptions({
  queryKey: ['storage'],
  queryFn: ({ signal }) => body(client.GET('/api/training/storage', { signal })),
  staleTime: 10_000,
  refetchInterval: (query) => (query.state.data?.homeBytes === null ? LATER : whenAway(query)),
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

/** What would make a training with exactly these settings fail. */
export const specCheckQuery = (spec: RunSpec) =>
  queryOptions({
    queryKey: ['doctor', spec],
    queryFn: ({ signal }) => body(client.POST('/api/training/doctor', { body: spec, signal })),
    staleTime: 10_000,
    placeholderData: (previous) => previous,
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
