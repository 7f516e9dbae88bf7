import { randomUUID } from 'node:crypto'
import { cp, glob, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '#server/stack/env.ts'

/** Compiled code of the parts is kept between starts: of a run's processor time starts are the greatest part. */
export const quickStart = { NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'chaos') }

/** The least that a mapping may allow: a prediction that hangs, or was never made, is over then. */
const deadlineS = 5
/** Of an image that is repainted, which no toy makes smaller: its work image is a promise. */
const workPixels = 128 * 128

/** The project's workflows with small work images, and with mappings to a provider that are given up soon. */
export async function quickWorkflows(to: string): Promise<void> {
  await cp(join(root, 'workflows'), to, { recursive: true })
  await replaceIn(join(to, '*', 'replicate.json'), /"deadlineS": \d+/g, `"deadlineS": ${deadlineS}`)
  await replaceIn(join(to, 'inpaint', 'manifest.json'), /"pixels": \d+/g, `"pixels": ${workPixels}`)
}

async function replaceIn(files: string, what: RegExp, by: string): Promise<void> {
  for await (const file of glob(files)) await writeFile(file, (await readFile(file, 'utf8')).replaceAll(what, by))
}

/** A worker whose waits are short and whose images are small. */
export const workerTimes = (controlFile: string, workflows: string) => ({
  WORKFLOWS_DIR: workflows,
  NODE_OPTIONS: `--import ${join(import.meta.dirname, 'quicken.ts')}`,
  CHAOS_CONTROL: controlFile,
  POLL_MS: '400',
  PROVE: 'signatures',
  FORGE_TOY: '1',
  TOY_PIXELS: String(64 * 64),
  TOY_STEPS: '5',
  LOG_LEVEL: 'debug',
})

/** Milliseconds of one sampling step of the stand-ins. */
const stepMs = 30

/** ComfyUI's stand-in. */
export function enginePlan(name: string, port: number) {
  return {
    name: `engine-${name}`,
    script: 'worker/standin/main.ts',
    env: {
      ...quickStart,
      STANDIN_PORT: String(port),
      STANDIN_STEP_MS: String(stepMs),
      STANDIN_LOAD_MS: '20',
      STANDIN_PREVIEW_PX: '32',
      STANDIN_SEED: String(parseInt(randomUUID().slice(0, 6), 16)),
    },
    probe: `http://127.0.0.1:${port}/system_stats`,
    readyWithinMs: 20_000,
  }
}
