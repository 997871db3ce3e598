import type { Resource } from '~/api/client.ts'
import type { Curve, Curves } from './curves.ts'

const KINDS = {
  cpu: 'cpuPercent',
  memory: 'rssBytes',
  gpu: 'gpuUtilPercent',
  gpuMemory: 'gpuMemoryBytes',
} as const

type Kind = keyof typeof KINDS
const isKind = (name: string): name is Kind => name in KINDS

/** The last sample may be taken when no process is left to measure. */
const isOver = ({ rssBytes }: Resource): boolean => rssBytes === 0

/** A curve for each measured resource, over the seconds since the first sample. */
export function resourceCurves(samples: Resource[]): { kind: Kind; data: Curves }[] {
  const zero = Date.parse(samples[0]?.time ?? '')
  const x = samples.map(({ time }) => (Date.parse(time) - zero) / 1_000)
  return Object.keys(KINDS)
    .filter(isKind)
    .map((kind) => {
      const values = samples.map((sample) =>
        isOver(sample) ? null : (sample[KINDS[kind]] ?? null),
      )
      const curve: Curve = { name: kind, values, lost: [] }
      return { kind, data: { x, curves: [curve] } }
    })
    .filter(({ data }) => data.curves[0]?.values.some((value) => value !== null))
}
