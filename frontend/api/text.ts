import { ProblemError, toProblem } from '~/api/client.ts'

/** Text from the server; `whole` is false if it was too large for a page. */
export type ReadText = { text: string; whole: boolean }

/** The most bytes a page shows and copies at once: 10 MB of error, and the traceback around it. */
const MOST_BYTES = 12 * 2 ** 20
const FIRST_BYTES = 2 ** 20

const decode = (bytes: Uint8Array[]) => {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  return bytes.map((part) => decoder.decode(part, { stream: true })).join('') + decoder.decode()
}

async function problemOf(response: Response): Promise<ProblemError> {
  const raw = await response.text()
  try {
    return new ProblemError(toProblem(response.status, JSON.parse(raw)))
  } catch {
    return new ProblemError(toProblem(response.status, raw))
  }
}

/** The first bytes of `parts` up to a limit, without a character that the cut would split. */
function head(parts: Uint8Array[], limit: number): string {
  const text = decode(parts).slice(0, limit)
  return text.replace(/[\uD800-\uDBFF]$/, '')
}

/**
 * The answer's bytes as text, exactly: no byte order mark dropped, bad UTF-8 as U+FFFD.
 *
 * Past `most` bytes reading stops and only the beginning is kept; nobody copies that by accident,
 * because `whole` says so.
 */
export async function readText(response: Response, most = MOST_BYTES): Promise<ReadText> {
  if (!response.ok) throw await problemOf(response)
  const reader = response.body?.getReader()
  if (!reader) return { text: '', whole: true }
  const parts: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return { text: decode(parts), whole: true }
    parts.push(value)
    size += value.length
    if (size > most) {
      await reader.cancel()
      return { text: head(parts, FIRST_BYTES), whole: false }
    }
  }
}
