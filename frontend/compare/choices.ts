/** The runs to pick from: one whose id was typed whole stands before those whose ids begin alike. */
export function choices<R extends { id: string }>(runs: R[], typed: string, without: string[]) {
  const left = runs.filter(({ id }) => !without.includes(id))
  return [...left.filter(({ id }) => id === typed), ...left.filter(({ id }) => id !== typed)]
}
