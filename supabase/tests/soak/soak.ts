import { expect } from 'vitest'
import type { TestDatabase } from '../database.ts'
import { rows } from '../fixtures.ts'
import { expectInvariants } from '../invariants.ts'
import { Lane, type LaneStats, type Outcome } from './lane.ts'
import { cancelOne, operations } from './operations.ts'
import { type Random, seeded } from './random.ts'
import { makeWorld, type World } from './world.ts'

/** `kills`: share of the calls during which their connection is killed. */
export type SoakWish = { seed: number; operations: number; lanes: number; kills: number }
export type SoakFigures = LaneStats & {
  operations: number
  perSecond: number
  /** Per kind of operation: how often it was done and how often refused. */
  done: Record<string, number>
  refused: Record<string, number>
  credits: number
}

/**
 * Random money: `operations` calls by `lanes` callers at once, whose connections are killed in the middle of
 * transactions. Afterwards everything open is ended and the sums must be exactly what the callers were told. One lane
 * repeats exactly for a seed; with more the choices repeat, not their interleaving.
 */
export async function soak(db: TestDatabase, wish: SoakWish): Promise<SoakFigures> {
  const world = await makeWorld(db)
  const stats: LaneStats = { killed: 0, retried: 0, deadlocks: 0 }
  const counts = { left: wish.operations, done: {} as Record<string, number>, refused: {} as Record<string, number> }
  const started = performance.now()
  await Promise.all(
    Array.from({ length: wish.lanes }, async (_, index) => {
      const random = seeded(wish.seed + index * 7_919)
      await using lane = new Lane({ url: db.url(), killer: db.pool, random, kills: wish.kills, stats })
      await runLane(world, lane, random, counts)
    }),
  )
  const seconds = (performance.now() - started) / 1_000
  await using last = new Lane({ url: db.url(), killer: db.pool, random: () => 1, kills: 0, stats })
  await expectSums(world)
  await endAll(world, last)
  await expectSums(world)
  expect(await rows(db, 'select owner from accounts where held <> 0')).toEqual([])
  await expectInvariants(db)
  return {
    ...stats,
    operations: wish.operations,
    perSecond: Math.round(wish.operations / seconds),
    done: counts.done,
    refused: counts.refused,
    credits: world.books.total(),
  }
}

type Counts = { left: number; done: Record<string, number>; refused: Record<string, number> }

async function runLane(world: World, lane: Lane, random: Random, counts: Counts): Promise<void> {
  const whole = operations.reduce((sum, { weight }) => sum + weight, 0)
  while (counts.left > 0) {
    let dice = random() * whole
    const chosen = operations.find(({ weight }) => (dice -= weight) < 0)
    const outcome: Outcome | null = (await chosen?.run(world, lane, random)) ?? null
    if (!chosen || !outcome) continue
    counts.left -= 1
    counts.done[chosen.name] = (counts.done[chosen.name] ?? 0) + 1
    if (outcome.refused !== null) counts.refused[outcome.refused] = (counts.refused[outcome.refused] ?? 0) + 1
  }
}

/** What all accounts hold together is what was told, to the credit; and nobody was told a price that was not taken. */
async function expectSums({ db, books }: World): Promise<void> {
  const [sums] = await rows<{ held: number; total: number; captured: number }>(
    db,
    `select sum(held)::int as held, sum(balance + held)::int as total,
       (select count(*)::int from ledger where kind = 'capture') as captured from accounts`,
  )
  expect(sums?.total).toBe(books.total())
  expect(sums?.captured).toBe([...books.captured].filter((job) => books.prices.has(job)).length)
}

/** Cancels what is open; what is too late for that is completed by the box that has it. */
async function endAll(world: World, lane: Lane): Promise<void> {
  const open = await rows<{ id: string; owner: string; epoch: number; worker_id: string }>(
    world.db,
    `select id, owner, epoch, worker_id from jobs where status in ('queued', 'running')`,
  )
  for (const { id, owner, epoch, worker_id: worker } of open) {
    const { refused } = await cancelOne(world, lane, { owner, job: id })
    if (refused !== 'TOO_LATE_TO_CANCEL') continue
    const failed = await lane.call({ name: 'fail_job', args: [worker, id, epoch, 'ENGINE_ERROR', false, 'the end'] })
    expect(failed.refused).toBeNull()
  }
}
