import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { LogLine, LogMeta } from '~/api/client.ts'
import { body, client, request } from '~/api/client.ts'
import { type ReadText, readText } from '~/api/text.ts'
import type { Find } from '~/log/options.ts'
import { isWrittenOver, type ShownLine, toShown, withEnd } from '~/log/shown.ts'
import { files, type LineRange } from '~/paths.ts'
import { type AttemptId, ofRun } from './attempts.ts'
import { SELDOM, SOON } from './polling.ts'

function followInterval(meta: LogMeta | undefined, hidden: boolean): number | false {
  if (meta?.final) return false
  return hidden ? SELDOM : SOON
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

/** Every match in the whole log, in pages; asked for again while the log grows. */
export const logSearchQuery = (of: AttemptId, meta: LogMeta, find: Find) =>
  infiniteQueryOptions({
    queryKey: ['run', of.id, 'log', of.attempt, meta.generation, 'search', find],
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
  const wanted = { attempt: of.attempt, q, regex: flag(regex), case: flag(exactCase) } as const
  const query = from === '' ? wanted : { ...wanted, cursor: from }
  const params = { path: { id: of.id }, query }
  return body(client.GET('/api/training/runs/{id}/log/search', { params, signal }))
}
