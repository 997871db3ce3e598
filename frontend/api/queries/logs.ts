import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { LogLine, LogMeta } from '~/api/client.ts'
import { body, client, request } from '~/api/client.ts'
import { type ReadText, readText } from '~/api/text.ts'
import type { Find } from '~/log/options.ts'
import { isWrittenOver, type ShownLine, toShown, withEnd } from '~/log/shown.ts'
import { files, type LineRange } from '~/paths.ts'
import { type AttemptId, ofRun } from './attempts.ts'
import { SELDOM, SOON, whenAway } from './polling.ts'

function followInterval(meta: LogMeta | undefined, hidden: boolean): number | false {
  if (meta?.final) return false
  return hidden ? SELDOM : SOON
}

/** The size of a log, polled: open streams in several tabs would lock the whole origin. */
export const logMetaQuery = (of: AttemptId) =>
  queryOptions({
    queryKey: ['run', of.id, 'log', of.attempt, of.rank, 'meta'],
    queryFn: ({ signal }) =>
      body(client.GET('/api/training/runs/{id}/log/meta', { params: ofRun(of), signal })),
    refetchInterval: (query) => followInterval(query.state.data, document.hidden),
    refetchIntervalInBackground: true,
  })

export const WINDOW_LINES = 200
/** An answer that breaks off holds at least 64 kB; then the rest of the window is requested. */
const ANSWER_HOLDS = 16_384

async function linesOf(of: AttemptId, from: number, count: number, signal: AbortSignal) {
  const params = { path: { id: of.id }, query: { attempt: of.attempt, rank: of.rank, from, count } }
  const answer = client.GET('/api/training/runs/{id}/log/lines', { params, signal })
  return (await body(answer)).lines
}

/** How much to read of the end of a line that was overwritten more often than one answer holds. */
const END_BYTES = 16_384

async function bytesOf(of: AttemptId, range: string, signal: AbortSignal, most?: number) {
  const log = files.log(of.id, of.attempt, of.rank)
  return readText(await request(log, { signal, headers: { range: `bytes=${range}` } }), most)
}

/** Of a huge line overwritten by a progress bar, shows the latest text, not the first. */
async function shownOf(of: AttemptId, line: LogLine, signal: AbortSignal): Promise<ShownLine> {
  const shown = toShown(line)
  if (!isWrittenOver(line)) return shown
  const { start, end } = await spanOf(of, { first: line.number, last: line.number }, signal)
  const range = end === undefined ? `-${END_BYTES}` : `${end - END_BYTES}-${end - 1}`
  const { text } = await bytesOf(of, range, signal)
  return withEnd(shown, line, text, (end ?? (await sizeOf(of, signal))) - start)
}

async function metaOf(of: AttemptId, signal: AbortSignal): Promise<LogMeta> {
  return body(client.GET('/api/training/runs/{id}/log/meta', { params: ofRun(of), signal }))
}

async function sizeOf(of: AttemptId, signal: AbortSignal): Promise<number> {
  return (await metaOf(of, signal)).size
}

/** A window of lines; takes several requests where the lines are too long for one answer. */
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

/** Lines are fetched and kept in windows of `WINDOW_LINES`; window 0 starts with line 1. */
export const logWindowQuery = (of: AttemptId, generation: string, window: number) =>
  queryOptions({
    queryKey: ['run', of.id, 'log', of.attempt, of.rank, generation, window],
    queryFn: ({ signal }) => linesFrom(of, window * WINDOW_LINES + 1, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 20_000,
  })

/** The last lines of all ranks by time; refetched while the run goes on. */
export const mergedLogQuery = ({ id, attempt }: AttemptId, live: boolean) =>
  queryOptions({
    queryKey: ['run', id, 'log', attempt, 'merged', live],
    queryFn: ({ signal }) => {
      const params = { path: { id }, query: { attempt, count: 500 } }
      return body(client.GET('/api/training/runs/{id}/log/merged', { params, signal }))
    },
    refetchInterval: (query) => (live ? SOON : whenAway(query)),
  })

const TAIL_LINES = 20

/** The last lines of a log, refetched while it grows. */
export const logTailQuery = (of: AttemptId, live: boolean) =>
  queryOptions({
    queryKey: ['run', of.id, 'log', of.attempt, of.rank, 'tail', live],
    queryFn: async ({ signal }) => {
      const { lines: total } = await metaOf(of, signal)
      if (total === 0) return { total, lines: [] }
      const first = Math.max(1, total - TAIL_LINES + 1)
      const lines = await linesOf(of, first, TAIL_LINES, signal)
      return { total, lines: await Promise.all(lines.map((line) => shownOf(of, line, signal))) }
    },
    staleTime: live ? 0 : Number.POSITIVE_INFINITY,
    refetchInterval: (query) => (live ? SOON : whenAway(query)),
    placeholderData: (previous) => previous,
  })

/** Bytes [start, end) that lines `first` to `last` take in the log, their last newline included. */
async function spanOf(of: AttemptId, { first, last }: LineRange, signal: AbortSignal) {
  const offsetOf = async (from: number) => (await linesOf(of, from, 1, signal))[0]?.offset
  const [start, end] = await Promise.all([offsetOf(first), offsetOf(last + 1)])
  return { start: start ?? 0, end }
}

/** Selected lines are fetched to be copied, not shown, so more than of an error. */
const RANGE_BYTES = 64 * 2 ** 20

/** The exact text of some lines of a log, however long they are. */
export const logRangeQuery = (of: AttemptId, lines: LineRange) =>
  queryOptions<ReadText>({
    queryKey: ['run', of.id, 'log', of.attempt, of.rank, 'range', lines],
    queryFn: async ({ signal }) => {
      const { start, end } = await spanOf(of, lines, signal)
      const range = `${start}-${end === undefined ? '' : end - 1}`
      return bytesOf(of, range, signal, RANGE_BYTES)
    },
    gcTime: 20_000,
    refetchOnWindowFocus: false,
  })

/** Every match in the whole log, in pages; refetched while the log grows. */
export const logSearchQuery = (of: AttemptId, meta: LogMeta, find: Find) =>
  infiniteQueryOptions({
    queryKey: ['run', of.id, 'log', of.attempt, of.rank, meta.generation, 'search', find],
    queryFn: ({ pageParam, signal }) => searchLog(of, find, pageParam, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: meta.final ? false : SELDOM,
    gcTime: 60_000,
  })

function searchLog(of: AttemptId, find: Find, from: string, signal: AbortSignal) {
  const flag = (on: boolean) => (on ? '1' : '0')
  const { q, regex, exactCase } = find
  const { attempt, rank } = of
  const wanted = { attempt, rank, q, regex: flag(regex), case: flag(exactCase) } as const
  const query = from === '' ? wanted : { ...wanted, cursor: from }
  const params = { path: { id: of.id }, query }
  return body(client.GET('/api/training/runs/{id}/log/search', { params, signal }))
}
