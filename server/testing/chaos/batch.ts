import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '#server/stack/env.ts'
import { allKinds, type FaultKind, specOf } from './fault-kinds.ts'
import { breakOnPurpose, type Mutant } from './mutants.ts'
import { people, type PlanOptions, planOf } from './plan.ts'
import { addProvider } from './provider.ts'
import { runPlan, type RunResult, type World } from './run.ts'
import { addBox, startChaosStack } from './stack.ts'
import { apiOf, peopleWorld } from './world.ts'

export type Batch = PlanOptions & {
  fromSeed: number
  runs: number
  onResult: (result: RunResult, folder: string | null) => void
  signal: AbortSignal
}

/** Runs seeds one after another on one stack; after an offence on a new one, so that it cannot spoil the next run. */
export async function runBatch(batch: Batch): Promise<void> {
  let world: World | null = null
  try {
    for (let seed = batch.fromSeed; seed < batch.fromSeed + batch.runs && !batch.signal.aborted; seed += 1) {
      world ??= await openWorld(batch.only)
      const result = await runPlan(world, planOf(seed, batch))
      if (result.offences.length === 0) {
        batch.onResult(result, null)
        continue
      }
      batch.onResult(result, await keepLogs(world, result))
      if (!result.offences.some(({ promise }) => spoils(promise))) continue
      await world.stack.stop()
      world = null
    }
  } finally {
    await world?.stack.stop()
  }
}

/** What came of a mutant: the run that noticed, or null when none did. */
export type Caught = { mutant: Mutant; seed: number; promises: string[] } | { mutant: Mutant; seed: null }

/** A mutant may need a race that not every seed brings. */
const triesEach = 12

/** Runs each mutant with seeds from 1 until a check notices. */
export async function runMutants(
  list: readonly Mutant[],
  onCaught: (caught: Caught) => void,
  signal: AbortSignal,
): Promise<void> {
  let world: World | null = null
  try {
    for (const mutant of list) {
      let caught: Caught = { mutant, seed: null }
      for (let seed = 1; seed <= triesEach && caught.seed === null && !signal.aborted; seed += 1) {
        world ??= await openWorld(mutant.only)
        const plan = planOf(seed, { only: mutant.only })
        const { offences } = await runPlan(world, plan, (pool) => breakOnPurpose(pool, mutant))
        if (offences.length === 0) continue
        caught = { mutant, seed, promises: [...new Set(offences.map(({ promise }) => promise))] }
        // What it left in boxes and lines is nobody's to wait for.
        await world.stack.stop()
        world = null
      }
      onCaught(caught)
    }
  } finally {
    await world?.stack.stop()
  }
}

/** What a fresh database does not put right: processes that are gone or hold on to something. */
const spoils = (promise: string) => /comes to an end|lays down|ends by itself/.test(promise)

/** Only with what the faults of the batch need. */
async function openWorld(only: readonly FaultKind[] = allKinds): Promise<World> {
  const stack = await startChaosStack({ rents: only.some((kind) => specOf(kind).rents === true) })
  try {
    const owners = await peopleWorld(stack, people)
    const asks = only.some((kind) => specOf(kind).settings?.includes('provider_fallback'))
    const [provider] = await Promise.all([asks ? addProvider(stack) : null, addBox(stack, 0), addBox(stack, 1)])
    stack.provider = provider
    const { modes } = await apiOf(stack.page.url, null).modes.list.query()
    await stack.cluster.freeze()
    return { stack, owners, prices: Object.fromEntries(modes.map(({ key, price }) => [key, price])) }
  } catch (error) {
    process.stderr.write(
      stack.lines
        .slice(-20)
        .map(({ part, text }) => `${part} ${text}\n`)
        .join(''),
    )
    await stack.stop()
    throw error
  }
}

/** Everything needed to understand a run that broke a promise: plan, offences, what was told, all lines, all rows. */
async function keepLogs({ stack }: World, result: RunResult): Promise<string> {
  const folder = join(root, 'test-results', 'chaos', `seed-${result.plan.seed}`)
  await mkdir(folder, { recursive: true })
  const json = (value: unknown) => JSON.stringify(value, null, 2)
  await writeFile(join(folder, 'run.json'), json(result))
  const lines = stack.lines.map(({ at, part, text }) => `${new Date(at).toISOString().slice(11, 23)} ${part} ${text}`)
  await writeFile(join(folder, 'parts.log'), lines.join('\n'))
  for (const table of ['jobs', 'job_attempts', 'ledger', 'queue_lanes', 'workers']) {
    const { rows } = await stack.cluster.pool.query(`select * from public.${table}`)
    await writeFile(join(folder, `${table}.json`), rows.map((row) => JSON.stringify(row)).join('\n'))
  }
  return folder
}
