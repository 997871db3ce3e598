import type { RunSpec, SpecField } from '~/api/client.ts'

const GROUPS = {
  what: ['name', 'baseModel', 'dbPath', 'dataFile', 'method', 'trainingType', 'maxSamples'],
  how: [
    'epochs',
    'learningRate',
    'batchSize',
    'sourceMaxTokens',
    'targetMaxTokens',
    'seed',
    'timeLimitSeconds',
  ],
  adapter: ['loraR', 'loraAlpha', 'loraDropout', 'loraTargets'],
} as const

type GroupName = keyof typeof GROUPS | 'other'
export type Group = { name: GroupName; fields: SpecField[] }

/** The server's fields in groups and in order; one it has and we do not know comes under "other". */
export function groupFields(fields: SpecField[]): Group[] {
  const byName = new Map(fields.map((field) => [field.name, field]))
  const groups: Group[] = []
  for (const [name, names] of Object.entries(GROUPS)) {
    const found = names.map((each) => byName.get(each)).filter((field) => field !== undefined)
    for (const { name: taken } of found) byName.delete(taken)
    groups.push({ name: isGroup(name) ? name : 'other', fields: found })
  }
  groups.push({ name: 'other', fields: Array.from(byName.values()) })
  return groups.filter((group) => group.fields.length > 0)
}

const isGroup = (name: string): name is keyof typeof GROUPS => name in GROUPS

const LABELS: Record<string, string> = {
  baseModel: 'Base model',
  batchSize: 'Batch size',
  dataFile: 'Data file',
  dbPath: 'Database',
  learningRate: 'Learning rate',
  loraAlpha: 'LoRA alpha',
  loraDropout: 'LoRA dropout',
  loraR: 'LoRA rank',
  loraTargets: 'LoRA target modules',
  maxSamples: 'Most samples',
  sourceMaxTokens: 'Request length',
  targetMaxTokens: 'Answer length',
  timeLimitSeconds: 'Time limit',
  trainingType: 'Training type',
}

/** `learningRate` as a label: its own, or the words of its name. */
export function labelOf(name: string): string {
  const words = name.replaceAll(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`)
  return LABELS[name] ?? words.charAt(0).toUpperCase() + words.slice(1)
}

/** What a person typed as the server wants it. A number it cannot be goes as typed, to be refused. */
function asSent(field: SpecField, typed: string): unknown {
  if (field.type === 'strings') return typed.split(/[\s,]+/).filter(Boolean)
  if (field.type !== 'integer' && field.type !== 'number') return typed
  const number = Number(typed)
  return Number.isFinite(number) ? number : typed
}

/** The spec a filled-in form asks for; what is empty stays out, so that the server's default holds. */
export function specOf(fields: SpecField[], form: FormData): RunSpec {
  const spec: Record<string, unknown> = {}
  for (const field of fields) {
    const typed = form.get(field.name)
    if (typeof typed === 'string' && typed.trim() !== '')
      spec[field.name] = asSent(field, typed.trim())
  }
  return spec
}
