const BROWSERS = [
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['Firefox/', 'Firefox'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
] as const

const SYSTEMS = [
  ['Windows', 'Windows'],
  ['Android', 'Android'],
  ['iPhone', 'iOS'],
  ['iPad', 'iOS'],
  ['Mac OS X', 'macOS'],
  ['CrOS', 'ChromeOS'],
  ['Linux', 'Linux'],
] as const

const PREFIX = 'User-Agent: '

/** `User-Agent: Mozilla/5.0 (X11; Linux …) … Chrome/140 …` as `Chrome on Linux`; another text as it is. */
export function inWords(detail: string): string {
  if (!detail.startsWith(PREFIX)) return detail
  const agent = detail.slice(PREFIX.length)
  const known = (names: readonly (readonly [string, string])[]) =>
    names.find(([mark]) => agent.includes(mark))?.[1]
  const browser = known(BROWSERS)
  const system = known(SYSTEMS)
  return browser && system ? `${browser} on ${system}` : (agent.split(' ')[0] ?? agent)
}
