import type { RunDetail } from '~/api/client.ts'
import { statusNames } from '~/texts/common.ts'
import { factTexts, runTexts } from '~/texts/run.ts'
import { formatLoss, NONE } from '~/ui/format.ts'
import { exitFact } from './facts.ts'

const shown = (value: unknown): string => {
  if (value === null || value === undefined) return NONE
  return typeof value === 'string' ? value : JSON.stringify(value)
}

type Compared = Pick<
  RunDetail,
  'spec' | 'status' | 'finalLoss' | 'exitCode' | 'signal' | 'datasetSize' | 'command' | 'kind'
>

/** Everything two runs can be compared by: first parameters, then results. */
function factsOf(run: Compared): Map<string, string> {
  const facts = new Map(Object.entries(run.spec).map(([name, value]) => [name, shown(value)]))
  if (run.kind === 'command') facts.set(runTexts.command, run.command.join(' '))
  facts.set(factTexts.status, statusNames[run.status])
  facts.set(factTexts.samples, shown(run.datasetSize))
  facts.set(factTexts.loss, formatLoss(run.finalLoss))
  const ended = exitFact(run)
  if (ended) facts.set(...ended)
  return facts
}

/** [what, here, there] wherever two runs differ. */
export function differences(run: Compared, other: Compared): [string, string, string][] {
  const here = factsOf(run)
  const there = factsOf(other)
  return Array.from(new Set([...here.keys(), ...there.keys()]))
    .map((name): [string, string, string] => [
      name,
      here.get(name) ?? NONE,
      there.get(name) ?? NONE,
    ])
    .filter(([, one, two]) => one !== two)
}
