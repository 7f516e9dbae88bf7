import { expect } from 'vitest'
import type { TestDatabase } from './database.ts'
import { call, complete, jobOf, makeScene, type Scene, sweep } from './fixtures.ts'

/** Lets a box fail and complete its attempt in the same instant, `rounds` times: one end each. Answers the ends seen. */
export async function raceFailAndComplete(db: TestDatabase, rounds: number): Promise<Set<string>> {
  return race(db, rounds, async (scene) => {
    const { id, epoch } = await scene.start()
    await Promise.allSettled([
      complete(db, scene.worker, id, epoch),
      call(db, 'fail_job', [scene.worker, id, epoch, 'INTERNAL', false, '']),
    ])
    return id
  })
}

/** The same for a lost lease on the last attempt: the sweep gives back what a late completion takes. */
export async function raceSweepAndComplete(db: TestDatabase, rounds: number): Promise<Set<string>> {
  return race(db, rounds, async (scene) => {
    const { id, epoch } = await scene.start()
    await db.pool.query(`update jobs set attempts = 3, lease_until = now() - interval '1 s' where id = $1`, [id])
    await Promise.allSettled([complete(db, scene.worker, id, epoch), sweep(db)])
    return id
  })
}

async function race(db: TestDatabase, rounds: number, once: (scene: Scene) => Promise<string>): Promise<Set<string>> {
  const scene = await makeScene(db)
  await call(db, 'grant_credits', [scene.artist.id, rounds, 'grant', `race:${scene.artist.id}`])
  const ends = new Set<string>()
  for (let round = 0; round < rounds; round += 1) {
    ends.add((await jobOf(db, await once(scene))).status)
    // A run of lost races is chance, not a sick box: it must not end in quarantine.
    await db.pool.query(`update workers set streak = 0, streak_owners = '{}' where id = $1`, [scene.worker])
  }
  expect(['succeeded', 'failed']).toEqual(expect.arrayContaining([...ends]))
  return ends
}
