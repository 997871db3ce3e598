import type { Problem, RunSpec, SpecField } from '~/api/client.ts'
import { tagsIn } from '~/labels/labels.ts'
import { fieldLabels } from '~/texts/start.ts'

const GROUPS = {
  essentials: [
    'name',
    'project',
    'tags',
    'baseModel',
    'dbPath',
    'dataFile',
    'method',
    'epochs',
    'learningRate',
    'batchSize',
  ],
  training: [
    'trainingType',
    'accumulation',
    'precision',
    'maxSamples',
    'sourceMaxTokens',
    'targetMaxTokens',
    'seed',
    'timeLimitSeconds',
  ],
  lora: ['loraR', 'loraAlpha', 'loraDropout', 'loraTargets'],
  placement: ['executor', 'nodes', 'gpusPerNode', 'cpus', 'memory', 'partition', 'account'],
} as const

type GroupName = keyof typeof GROUPS | 'other'
export type Group = { name: GroupName; fields: SpecField[] }

/** Where there is nothing to choose from, there is nothing to ask. */
const isAsked = ({ choices }: SpecField) => choices.length !== 1

/** The server's fields in groups and in order; a field we do not know goes under "other". */
export function groupFields(fields: SpecField[]): Group[] {
  const byName = new Map(fields.filter(isAsked).map((field) => [field.name, field]))
  const groups: Group[] = []
  for (const [name, names] of Object.entries(GROUPS)) {
    const found = names.map((each) => byName.get(each)).filter((field) => field !== undefined)
    for (const { name: taken } of found) byName.delete(taken)
    groups.push({ name: isGroup(name) ? name : 'other', fields: found })
  }
  groups.push({ name: 'other', fields: Array.from(byName.values()) })
  return groups.filter((group) => group.fields.length > 0)
}

/** A size as it can be typed: `16 GB`, which a field takes for powers of 1024; exact, or in bytes. */
export function shownSize(bytes: number): string {
  const units = ['', 'KB', 'MB', 'GB', 'TB']
  let power = 0
  let value = bytes
  while (power < 4 && value !== 0 && value % 1024 === 0) {
    value /= 1024
    power += 1
  }
  return power === 0 ? String(bytes) : `${value} ${units[power]}`
}

const SIZE = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i

/** What a typed value comes to, so that `16GB` is `16 GB`, and `1e-4` is `0.0001`. */
function worth({ type, unit }: SpecField, text: string): string {
  const [, digits, prefix = ''] = (unit === 'bytes' && SIZE.exec(text)) || []
  if (digits) return String(Number(digits) * 1024 ** ' KMGT'.indexOf(prefix.toUpperCase() || ' '))
  if (type === 'strings') return text.split(/[\s,]+/).join(' ')
  const number = text === '' ? Number.NaN : Number(text)
  return type !== 'string' && Number.isFinite(number) ? String(number) : text
}

/** A value as it stands in its field. */
export const shownValue = (value: unknown, unit?: string | null): string => {
  if (value === null || value === undefined) return ''
  if (unit === 'bytes' && typeof value === 'number') return shownSize(value)
  return Array.isArray(value) ? value.join(' ') : String(value)
}

/** The fields whose values in a form are not those that it began with. */
export function changedFields(
  fields: SpecField[],
  begun: Record<string, unknown>,
  form: FormData,
): string[] {
  return fields.flatMap((field) => {
    const { name, default: usual, unit } = field
    const typed = form.get(name)
    if (typeof typed !== 'string') return []
    // What is left empty is what is usual.
    const before = shownValue(begun[name], unit) || shownValue(usual, unit)
    const now = typed.trim() || shownValue(usual, unit)
    return worth(field, now) === worth(field, before) ? [] : [name]
  })
}

const isGroup = (name: string): name is keyof typeof GROUPS => name in GROUPS

/** `learningRate` as a label: its own, or the words of its name. */
export function labelOf(name: string): string {
  const words = name.replaceAll(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`)
  return fieldLabels[name] ?? words.charAt(0).toUpperCase() + words.slice(1)
}

/** Why the server refused a field, with the field's label in place of its API name. */
export function refusalOf({ field, detail }: Pick<Problem, 'field' | 'detail'>): string {
  const name = `${field}: `
  if (field === undefined || !detail.startsWith(name)) return detail
  return `${labelOf(field)}: ${detail.slice(name.length)}`
}

/** A typed value as the server wants it; what is not a number is sent as typed, to be refused. */
function asSent(field: SpecField, typed: string): unknown {
  if (field.name === 'tags') return tagsIn(typed)
  if (field.type === 'strings') return typed.split(/[\s,]+/).filter(Boolean)
  if (field.type !== 'integer' && field.type !== 'number') return typed
  const number = Number(typed)
  return Number.isFinite(number) ? number : typed
}

/** The spec in a filled-in form; empty fields are left out, so that the server's defaults apply. */
export function specOf(fields: SpecField[], form: FormData): RunSpec {
  const spec: Record<string, unknown> = {}
  for (const field of fields) {
    const typed = form.get(field.name)
    if (typeof typed === 'string' && typed.trim() !== '')
      spec[field.name] = asSent(field, typed.trim())
  }
  return spec
}
