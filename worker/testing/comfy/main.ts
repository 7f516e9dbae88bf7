import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runStep } from '#server/stack/run-step.ts'
import { type Count, finish, runVitest } from '#server/stack/test-runs.ts'
import { startStandinProcess } from '#worker/testing/standin-process.ts'
import { readComfyEnv } from './env.ts'
import { readResults, type CaseResult } from './results.ts'
import { comfyTable, withTable, type TableFacts } from './table.ts'
import { toySize } from './toy-size.ts'

const root = join(import.meta.dirname, '../../..')
const readme = join(root, 'workflows/README.md')

type Stats = { system: { comfyui_version: string; pytorch_version: string }; devices: { name: string }[] }

/** Every template on one server, and nothing else. */
async function runTemplates(url: string, path: string): Promise<CaseResult[]> {
  await runStep(['vitest', 'run', '--project=comfy', 'templates.comfy'], { COMFY_URL: url, COMFY_RESULTS: path })
  return readResults(path)
}

/** For the table; the rest of these tests is about the real server. */
async function runOnStandin(folder: string): Promise<CaseResult[]> {
  const standin = await startStandinProcess({ STANDIN_STEP_MS: '1', STANDIN_LOAD_MS: '0' })
  try {
    return await runTemplates(standin.url, join(folder, 'standin.jsonl'))
  } finally {
    await standin.stop()
  }
}

/** All tests, or with `--templates` the templates alone. */
async function runOnReal(url: string, path: string): Promise<{ real: CaseResult[]; counts: Count }> {
  if (!process.argv.includes('--templates')) {
    process.env['COMFY_RESULTS'] = path
    const counts = await runVitest(['comfy'])
    return { real: await readResults(path), counts }
  }
  const real = await runTemplates(url, path)
  const [passed, skipped] = [
    real.filter(({ ms }) => ms !== null).length,
    real.filter(({ lacks }) => lacks !== null).length,
  ]
  return { real, counts: { passed, skipped, failed: real.length - passed - skipped } }
}

/** Asked before anything runs: a test may end the server. */
async function factsOf(url: string): Promise<Omit<TableFacts, 'passed' | 'failed'>> {
  const { system, devices } = (await (await fetch(`${url}/api/system_stats`)).json()) as Stats
  return {
    day: new Date().toISOString().slice(0, 10),
    comfyVersion: system.comfyui_version,
    torchVersion: system.pytorch_version,
    device: devices[0]?.name ?? 'no device',
    toy: toySize,
  }
}

/**
 * Everything against the ComfyUI at COMFY_URL; `--templates` leaves out all but the templates, `--write` puts
 * the table into workflows/README.md.
 */
async function main(): Promise<Count> {
  const { COMFY_URL: url } = readComfyEnv()
  const folder = await mkdtemp(join(tmpdir(), 'forge-comfy-results-'))
  try {
    const facts = await factsOf(url)
    const { real, counts } = await runOnReal(url, join(folder, 'real.jsonl'))
    const isWriting = process.argv.includes('--write')
    const table = comfyTable(real, isWriting ? await runOnStandin(folder) : [], { ...facts, ...counts })
    process.stdout.write(`\n${table}\n`)
    if (isWriting) {
      await writeFile(readme, withTable(await readFile(readme, 'utf8'), table))
      await runStep(['oxfmt', '--write', readme])
    }
    return counts
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

finish([await main()])
