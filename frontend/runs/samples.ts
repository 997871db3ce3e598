/** A prompt, the expected answer, and the model's answers before and after training. */
export type Sample = { prompt: string; expected: string; before: string; after: string }

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

const isSample = (value: unknown): value is Sample =>
  isRecord(value) &&
  [value.prompt, value.expected, value.before, value.after].every(
    (part) => typeof part === 'string',
  )

/** The samples in a samples.json; anything else in it is skipped, as any run may write the file. */
export function toSamples(text: string): Sample[] {
  try {
    const found: unknown = JSON.parse(text)
    return Array.isArray(found) ? found.filter(isSample) : []
  } catch {
    return []
  }
}
