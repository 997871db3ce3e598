/** Words of changes that a retry makes. */
type Worked = { of: number; times: number }

const count = ({ of, times }: Worked) => `${times} of ${of} ${of === 1 ? 'time' : 'times'} here`

export const fixTexts = {
  title: 'Retry with changes?',
  confirm: 'Retry',
  retryWith: (label: string) => `Retry with ${label}`,
  keeps: (what: string) => `Keeps ${what}.`,
  worked: (worked: Worked) => `Worked ${count(worked)}.`,
  workedOf: (fix: string, worked: Worked) => `${fix}: worked ${count(worked)}`,
  unchanged: 'The same settings',
  default: 'default',
  callOff: 'Call off',
  by: (who: string) => `by ${who}`,
} as const

/** What a fix is called where there are many of them. */
export const fixNames: Record<string, string> = {
  'smaller-batch': 'Smaller batch',
  bf16: 'bf16',
  fp32: 'fp32',
  'shorter-sequences': 'Shorter sequences',
  'lower-rate': 'Lower learning rate',
  'more-time': 'More time',
  'more-memory': 'More memory',
  unchanged: 'Retry unchanged',
}
