import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Offence } from './check.ts'
import { until } from './patience.ts'
import type { Box, ChaosStack } from './stack.ts'

/** How long after the last fault everything may take to come to rest; milliseconds. */
export const restMs = 25_000
const laidDownMs = 10_000

/** What is not over yet. */
export const openJobs = `select id, status::text, stage::text, epoch, attempts from public.jobs where status in ('queued', 'running')`

/** Waits until nothing is open: rows, then what the boxes still have in hand. */
export async function rest(stack: ChaosStack, patience: number): Promise<Offence[]> {
  const rested = await until(
    restMs * patience,
    async () => (await stack.cluster.pool.query(openJobs)).rows.length === 0,
  )
  if (!rested) {
    const { rows } = await stack.cluster.pool.query<object>(openJobs)
    return rows.map((row) => ({ promise: 'I3 everything comes to an end', offence: JSON.stringify(row) }))
  }
  const folders = [...stack.boxes, ...(stack.provider ? [stack.provider] : [])].map(({ data }) => data)
  const inHand = async () => (await Promise.all(folders.map(journalOf))).flat()
  const laidDown = await until(laidDownMs * patience, async () => (await inHand()).length === 0)
  // An engine that hears no cancel is restarted by its box; until then the box is not at rest.
  const idle = await until(laidDownMs * patience, async () =>
    (await Promise.all(stack.boxes.map(isIdle))).every(Boolean),
  )
  if (laidDown && idle) return []
  if (laidDown) return [{ promise: 'I3 a box lays down what is over', offence: 'an engine still runs something' }]
  return (await inHand()).map((name) => ({ promise: 'I3 a box lays down what is over', offence: name }))
}

async function isIdle({ comfy }: Box): Promise<boolean> {
  const answer = await fetch(`${comfy.url}/standin/state`, { signal: AbortSignal.timeout(1_000) })
  return ((await answer.json()) as { running: string | null }).running === null
}

async function journalOf(data: string): Promise<string[]> {
  const names = await readdir(join(data, 'worker', 'journal')).catch(() => [])
  return names.filter((name) => name.endsWith('.json'))
}
