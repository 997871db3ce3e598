import { queryOptions } from '@tanstack/react-query'
import { body, client, request } from '~/api/client.ts'
import { type ReadText, readText } from '~/api/text.ts'
import { files, SAMPLES } from '~/paths.ts'
import { LATER, whenAway } from './polling.ts'

/**
 * Identifies one execution of a run: its newest attempt when no number is given, and of several
 * ranks the one that its end is told of.
 */
export type AttemptId = {
  id: string
  attempt?: number | undefined
  rank?: number | undefined
}

export const ofRun = ({ id, attempt, rank }: AttemptId) => ({
  path: { id },
  query: { attempt, rank },
})

export const diagnosisQuery = (of: AttemptId) =>
  queryOptions({
    queryKey: ['run', of.id, 'diagnosis', of.attempt, of.rank],
    queryFn: ({ signal }) =>
      body(client.GET('/api/training/runs/{id}/diagnosis', { params: ofRun(of), signal })),
    staleTime: Number.POSITIVE_INFINITY,
  })

/** More points than a chart has columns; the server thins larger curves and keeps the peaks. */
const MOST_POINTS = 4_000

/** The metrics and resources of an attempt; `growing` while it runs. */
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

/** The artifacts of an attempt; refetched while their checksums are being calculated. */
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

/** More text than anybody reads; a longer file is cut, is then no valid JSON, and is not shown. */
const SAMPLES_BYTES = 2 ** 18

/** The model's sample answers before and after training. */
export const samplesQuery = ({ id, attempt }: AttemptId) =>
  queryOptions<ReadText>({
    queryKey: ['run', id, 'samples', attempt],
    queryFn: async ({ signal }) =>
      readText(await request(files.artifact(id, SAMPLES, attempt), { signal }), SAMPLES_BYTES),
    ...textOptions,
  })

/** The exact error of a finished attempt; only the first part if it is too large for a page. */
export const errorQuery = ({ id, attempt }: AttemptId) =>
  queryOptions<ReadText>({
    queryKey: ['run', id, 'error', attempt],
    queryFn: async ({ signal }) => readText(await request(files.error(id, attempt), { signal })),
    ...textOptions,
  })

/** The file with the full error, for a report that has no room for it. */
export type Overflow = { name: string; characters: number }

function overflowOf({ headers }: Response): Overflow | null {
  const name = headers.get('X-Overflow-Name')
  return name === null ? null : { name, characters: Number(headers.get('X-Overflow-Characters')) }
}

/** The bug report, made by the server with secrets masked. */
export const reportQuery = ({ id, attempt }: AttemptId) =>
  queryOptions<ReadText & { overflow: Overflow | null }>({
    queryKey: ['run', id, 'report', attempt],
    queryFn: async ({ signal }) => {
      const response = await request(files.report(id, attempt), { signal })
      return { ...(await readText(response)), overflow: overflowOf(response) }
    },
    ...textOptions,
  })
