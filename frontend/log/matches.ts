/** Where a search term stands in the text of a line, as far as a browser can tell. */
import type { Find } from './options.ts'

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Nested repetition: the server's engine handles it in linear time, a browser's may never end. */
const NESTED = /\([^)]*[+*}][^)]*\)[+*{]/

/** An expression that finds what the server found; null where a browser cannot. */
export function matcher({ q, regex, exactCase }: Find): RegExp | null {
  if (q === '' || (regex && NESTED.test(q))) return null
  try {
    return new RegExp(regex ? q : escaped(q), exactCase ? 'gu' : 'giu')
  } catch {
    return null // RE2 has syntax that JavaScript lacks
  }
}

/** [start, end) of every match in a text. */
export function matchesIn(pattern: RegExp, text: string): [start: number, end: number][] {
  return Array.from(text.matchAll(pattern), ({ index, 0: found }): [number, number] => [
    index,
    index + found.length,
  ]).filter(([start, end]) => end > start)
}
