/** What a model was asked, what it should have said, and what it said before and after training. */
export type Sample = { prompt: string; expected: string; before: string; after: string }

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

const isSample = (value: unknown): value is Sample =>
  isRecord(value) &&
  [value.prompt, value.expected, value.before, value.after].every(
    (part) => typeof part === 'string',
  )

/** The samples of a samples.json; what is none of them is left out, for a run writes its own. */
export function toSamples(text: string): Sample[] {
  try {
    const found: unknown = JSON.parse(text)
    return Array.isArray(found) ? found.filter(isSample) : []
  } catch {
    return []
  }
}
