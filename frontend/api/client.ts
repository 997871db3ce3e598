import createClient from 'openapi-fetch'
import type { paths } from './types.ts'

type Json<Answers, Status extends keyof Answers> = Answers[Status] extends {
  content: { 'application/json': infer Body }
}
  ? Body
  : never
type Get<Path extends keyof paths> = paths[Path] extends { get: { responses: infer Answers } }
  ? Json<Answers, 200 & keyof Answers>
  : never

export type RunPage = Get<'/api/training/runs'>
export type Run = RunPage['runs'][number]
export type RunStatus = Run['status']
export type RunDetail = Get<'/api/training/runs/{id}'>
export type Changes = NonNullable<RunDetail['changes']>
export type TableRow = Get<'/api/training/runs/compare'>['rows'][number]
export type TableMetric = Get<'/api/training/runs/compare'>['metrics'][number]
export type Change = Changes['items'][number]
export type CodeFile = Get<'/api/training/runs/{id}/changes'>['code'][number]
export type Attempt = RunDetail['attempts'][number]
export type Stage = RunDetail['stages'][number]
export type Diagnosis = Get<'/api/training/runs/{id}/diagnosis'>
export type Advice = Diagnosis['advice'][number]
export type FixOfSpec = Extract<Advice['fix'], { set: unknown }>
export type Alternative = Diagnosis['alternatives'][number]
export type Resource = Get<'/api/training/runs/{id}/metrics'>['resources'][number]
export type AuditEntry = Get<'/api/training/audit'>['entries'][number]
export type Person = Get<'/api/training/people'>['people'][number]
export type Storage = Get<'/api/training/storage'>
export type Health = Get<'/api/training/health'>
export type GroupPage = Get<'/api/training/groups'>
export type Group = Get<'/api/training/groups/{id}'>
export type LogMeta = Get<'/api/training/runs/{id}/log/meta'>
export type LogLine = Get<'/api/training/runs/{id}/log/lines'>['lines'][number]
export type MergedLine = Get<'/api/training/runs/{id}/log/merged'>['lines'][number]
export type Member = RunDetail['members'][number]
export type Setting = Get<'/api/training/config'>['settings'][number]
export type Finding = Get<'/api/training/doctor'>['checks'][number]
export type Example = Get<'/api/training/examples'>['examples'][number]
export type SpecField = Get<'/api/training/spec-schema'>['fields'][number]
export type RunSpec = NonNullable<
  paths['/api/training/runs']['post']['requestBody']
>['content']['application/json']

/** An RFC 9457 answer of the server, or what we know when it sent something else. */
export type Problem = {
  type: string
  title: string
  status: number
  detail: string
  field?: string
  requestId?: string
}

/** The server answered, and refused. */
export class ProblemError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail || problem.title)
    this.name = 'ProblemError'
    this.problem = problem
  }
}

/** Nothing answered: no server there, or no way to it. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

const ANSWER_WITHIN_MS = 20_000

let answered = Date.now()

/** When the server last answered anything. */
export const answeredAt = (): number => answered

/** Like fetch, but throws `Unreachable` if the server does not start to answer in time. */
export async function request(input: Request | string, init?: RequestInit): Promise<Response> {
  const given = init?.signal ?? (input instanceof Request ? input.signal : undefined)
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), ANSWER_WITHIN_MS)
  const signal = given ? AbortSignal.any([given, late.signal]) : late.signal
  try {
    const response = await fetch(input, { ...init, signal })
    answered = Date.now()
    return response
  } catch (error) {
    if (given?.aborted) throw error
    throw new Unreachable(`No response from ${location.host}`, { cause: error })
  } finally {
    clearTimeout(timer)
  }
}

export const client = createClient<paths>({ fetch: request })

function text(body: object, key: string): string | undefined {
  const value: unknown = Reflect.get(body, key)
  return typeof value === 'string' ? value : undefined
}

/** The problem in a refusal, whatever form it came in (a proxy answers in HTML). */
export function toProblem(status: number, body: unknown): Problem {
  const fields = typeof body === 'object' && body !== null ? body : {}
  const field = text(fields, 'field')
  const requestId = text(fields, 'requestId')
  return {
    type: text(fields, 'type') ?? 'about:blank',
    title: text(fields, 'title') ?? `The server answered ${status}`,
    status,
    detail: text(fields, 'detail') ?? (typeof body === 'string' ? body.slice(0, 500) : ''),
    ...(field === undefined ? {} : { field }),
    ...(requestId === undefined ? {} : { requestId }),
  }
}

type Answer<Body> = { data?: Body; error?: unknown; response: Response }

/** The body of an answer; throws the problem of a refusal. */
export async function body<Body>(answer: Promise<Answer<Body>>): Promise<Body> {
  const { data, error, response } = await answer
  if (!response.ok) throw new ProblemError(toProblem(response.status, error))
  return data as Body
}

/** Sends a form with files, of which the document of the API says nothing. */
export const sendLogs = (form: FormData) =>
  body(client.POST('/api/training/imports', { body: form as never, bodySerializer: () => form }))

/** Whether the server requires a login first. */
export function isLogin(error: unknown): boolean {
  return error instanceof ProblemError && error.problem.status === 401
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ProblemError && error.problem.status === 404
}
