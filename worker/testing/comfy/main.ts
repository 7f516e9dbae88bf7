import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runStep } from '#server/stack/run-step.ts'
import { finish, runVitest } from '#server/stack/test-runs.ts'
import { startStandinProcess } from '#worker/testing/standin-process.ts'
import { readComfyEnv } from './env.ts'
import { readResults, type CaseResult } from './results.ts'
import { comfyTable, withTable, type TableFacts } from './table.ts'
import { toySize } from './toy-size.ts'

const root = join(import.meta.dirname, '../../..')
const readme = join(root, 'workflows/README.md')

type Stats = { system: { comfyui_version: string; pytorch_version: string }; devices: { name: string }[] }

/** The templates alone on the stand-in: for the table, the rest of these tests is about the real server. */
async function runOnStandin(folder: string): Promise<CaseResult[]> {
  const standin = await startStandinProcess({ STANDIN_STEP_MS: '1', STANDIN_LOAD_MS: '0' })
  const path = join(folder, 'standin.jsonl')
  try {
    await runStep(['vitest', 'run', '--project=comfy', 'templates.comfy'], {
      COMFY_URL: standin.url,
      COMFY_RESULTS: path,
    })
  } finally {
    await standin.stop()
  }
  return readResults(path)
}

async function factsOf(url: string, counts: { passed: number; failed: number }): Promise<TableFacts> {
  const { system, devices } = (await (await fetch(`${url}/api/system_stats`)).json()) as Stats
  return {
    day: new Date().toISOString().slice(0, 10),
    comfyVersion: system.comfyui_version,
    torchVersion: system.pytorch_version,
    device: devices[0]?.name ?? 'no device',
    toy: toySize,
    ...counts,
  }
}

/** Everything against the ComfyUI at COMFY_URL; `--write` puts the table into workflows/README.md. */
async function main(): Promise<void> {
  const { COMFY_URL: url } = readComfyEnv()
  const folder = await mkdtemp(join(tmpdir(), 'forge-comfy-results-'))
  try {
    const path = join(folder, 'real.jsonl')
    process.env['COMFY_RESULTS'] = path
    const counts = await runVitest(['comfy'])
    const real = await readResults(path)
    const isWriting = process.argv.includes('--write')
    const table = comfyTable(real, isWriting ? await runOnStandin(folder) : [], await factsOf(url, counts))
    process.stdout.write(`\n${table}\n`)
    if (isWriting) {
      await writeFile(readme, withTable(await readFile(readme, 'utf8'), table))
      await runStep(['oxfmt', '--write', readme])
    }
    finish([counts])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

await main()
