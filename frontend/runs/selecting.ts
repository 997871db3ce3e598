/** Which rows are ticked; a click with Shift reaches from the last one. */
export type Ticked = { ids: ReadonlySet<string>; last: string | null }

export const NONE_TICKED: Ticked = { ids: new Set(), last: null }

/** The rows between two, both included; only the second where the first is gone. */
function between(all: string[], from: string | null, to: string): string[] {
  const ends = [from === null ? -1 : all.indexOf(from), all.indexOf(to)]
  if (ends.includes(-1)) return [to]
  return all.slice(Math.min(...ends), Math.max(...ends) + 1)
}

/** A tick set or taken away; with `range` the same for every row from the last one on. */
export function tick({ ids, last }: Ticked, all: string[], id: string, range: boolean): Ticked {
  const next = new Set(ids)
  const on = !ids.has(id)
  for (const each of range ? between(all, last, id) : [id]) {
    if (on) next.add(each)
    else next.delete(each)
  }
  return { ids: next, last: id }
}

/** Every row ticked; none, if all are. */
export function tickAll({ ids }: Ticked, all: string[]): Ticked {
  return all.every((id) => ids.has(id)) ? NONE_TICKED : { ids: new Set(all), last: null }
}
