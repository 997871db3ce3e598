/** Words of the charts, seen and read out. */
import { formatBytes, formatCount, plural } from '~/ui/format.ts'

const STEP = 'Step'
const EPOCH = 'Epoch'
const TIME = 'Time'
const COUNT = 'Log entry'

export const chartTexts = {
  metrics: 'Metrics',
  resources: 'Resources',
  loss: 'Loss',
  evalLoss: 'Evaluation loss',
  rate: 'Learning rate',
  norm: 'Gradient norm',
  cpu: 'CPU',
  memory: 'Memory',
  gpu: 'GPU',
  gpuMemory: 'GPU memory',
  step: STEP,
  axes: { step: STEP, epoch: EPOCH, time: TIME, count: COUNT },
  time: TIME,
  xAxis: 'Horizontal axis',
  smoothing: 'Smoothing',
  smoothings: { 0: 'None', 0.6: 'Light', 0.9: 'Medium', 0.98: 'Strong' },
  zoomHint: 'Drag across a chart to zoom.',
  resetZoom: 'Reset zoom',
  best: (value: string, at: string) => `best ${value} ${at}`,
  logScale: 'Log scale',
  logScaleOf: (title: string) => `Log scale: ${title}`,
  notFinite: 'NaN or infinite',
  at: (xName: string, x: string) =>
    [STEP, EPOCH, COUNT].includes(xName) ? `at ${xName.toLowerCase()} ${x}` : `at ${x}`,
  notFiniteAt: (at: string, count: number) =>
    `NaN or infinite ${at}${count > 1 ? ` and ${formatCount(count - 1)} more` : ''}`,
  table: 'Data table',
  tableOf: (title: string) => `${title}, data table`,
  skipped: (bytes: number) =>
    `This run wrote too many measurements to show them all: ${formatBytes(bytes)} in the middle are left out.`,
  thinned: (shown: number, all: number) =>
    `${formatCount(shown)} of ${formatCount(all)} points, evenly spaced`,
  curve: (
    name: string,
    words: { low: string; high: string; last: string } | null,
    notFinite: number,
  ) => {
    const times = notFinite === 1 ? 'once' : `${formatCount(notFinite)} times`
    const gaps = notFinite === 0 ? '' : `, NaN or infinite ${times}`
    if (words === null) return `${name}: no values${gaps}`
    return `${name}: lowest ${words.low}, highest ${words.high}, last ${words.last}${gaps}`
  },
  sentence: (title: string, count: number, span: string, curves: string[]) =>
    `${title}, ${plural(count, 'value')}, ${span}. ${curves.join('. ')}.`,
} as const
