/** How loud a line of a log is, by the words that loggers begin with. */

export type Level = 'error' | 'warning' | 'debug' | null

const HEAD = 200

/** A level as Python, absl, JSON and others print it: a word of its own, in the head of the line. */
const ERROR = /(?:^|[\s[|"'(<:])(?:ERROR|CRITICAL|FATAL|SEVERE)(?=[\s\]|"'):>]|$)|^[EF]\d{4} \d\d:/
const WARNING = /(?:^|[\s[|"'(<:])WARN(?:ING)?(?=[\s\]|"'):>]|$)|^W\d{4} \d\d:|\b\w+Warning: /
const DEBUG = /(?:^|[\s[|"'(<:])(?:DEBUG|TRACE)(?=[\s\]|"'):>]|$)/
const EXCEPTION = /^(?:\[\w+\]:? ?)?(?:[A-Za-z_]\w*\.)*\w*(?:Error|Exception|Interrupt)(?::|$)/

/** The level of a line; null for one that has none, which is most of them. */
export function levelOf(line: string): Level {
  const head = line.slice(0, HEAD)
  if (EXCEPTION.test(head) || head.startsWith('Traceback (most recent call last)')) return 'error'
  if (ERROR.test(head)) return 'error'
  if (WARNING.test(head)) return 'warning'
  return DEBUG.test(head) ? 'debug' : null
}
