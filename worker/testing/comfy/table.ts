import type { CaseResult } from './results.ts'

export type TableFacts = {
  /** As `YYYY-MM-DD`. */
  day: string
  comfyVersion: string
  torchVersion: string
  device: string
  /** The work image's area and the steps of each job. */
  toy: { pixels: number; steps: number }
  passed: number
  failed: number
}

const begin = '<!-- comfy:begin -->'
const end = '<!-- comfy:end -->'

/** A template that only lacks its files has had every class, option and required input checked against the server. */
function isValidated({ lacks }: CaseResult): boolean {
  return lacks === null || lacks.split('; ').every((part) => part.endsWith('.safetensors'))
}

function times(results: readonly CaseResult[]): string {
  if (results.length === 0) return '–'
  if (results.some(({ ms }) => ms === null)) return 'no'
  return results
    .toSorted((a, b) => a.slider - b.slider)
    .map(({ ms }) => Math.round(ms ?? 0))
    .join(' / ')
}

function sameRow(a: CaseResult, b: CaseResult): boolean {
  return a.key === b.key && a.images === b.images
}

/** One line a template and number of images: what a real ComfyUI and the stand-in made of it. */
export function comfyTable(real: readonly CaseResult[], standin: readonly CaseResult[], facts: TableFacts): string {
  const rows = real.filter((result, at) => real.findIndex((other) => sameRow(other, result)) === at)
  const ran = rows.filter((row) => real.filter((result) => sameRow(result, row)).every(({ ms }) => ms !== null))
  const side = Math.round(Math.sqrt(facts.toy.pixels))
  const lines = rows.map((row) => {
    const here = real.filter((result) => sameRow(result, row))
    const [mode, variant] = row.key.split('/')
    const validated = here.every(isValidated) ? 'yes' : 'no'
    return `| ${mode} | ${variant} | ${row.images} | ${validated} | ${times(here)} | ${times(standin.filter((result) => sameRow(result, row)))} |`
  })
  return [
    `Last run ${facts.day}: real ComfyUI ${facts.comfyVersion}, torch ${facts.torchVersion}, ${facts.device}, toy weights in the`,
    `real files' layouts, ${side}² pixels, ${facts.toy.steps} steps. ${facts.passed} tests passed, ${facts.failed} failed; ${ran.length} of ${rows.length} rows ran.`,
    'Milliseconds of the prompt with the sliders at 0 / at 100; the first job of a model loads it. Real weights have not run here.',
    '',
    '| mode | variant | images | validated on real ComfyUI | ran on real ComfyUI, ms | ran on the stand-in, ms |',
    '|---|---|---|---|---|---|',
    ...lines,
  ].join('\n')
}

/** `text` with the block between the markers replaced. Throws when a marker is missing. */
export function withTable(text: string, table: string): string {
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from === -1 || to < from) throw new Error(`no ${begin} … ${end} to write into`)
  return `${text.slice(0, from + begin.length)}\n${table}\n${text.slice(to)}`
}
