import { randomUUID } from 'node:crypto'
import type { TestDatabase } from '../database.ts'
import { call, makeArtist, makeWorker, setSettings, type Artist } from '../fixtures.ts'
import { ToldBooks } from './books.ts'

export const reversalStates = ['noted', 'taken', 'undone'] as const
export type Reversal = { kind: 'refund' | 'dispute'; amount: number; state: (typeof reversalStates)[number] }
export type Sale = {
  id: string
  pack: string
  owner: string
  credits: number
  cents: number
  paid: boolean
  reversals: Map<string, Reversal>
}
export type Owner = Artist & { purse: 'free' | 'credits'; requests: string[]; jobs: string[] }
export type Held = { job: string; epoch: number; worker: string; step: number }

/** Everything the lanes share: who is there, what is claimed, what was sold. */
export type World = {
  db: TestDatabase
  owners: Owner[]
  workers: string[]
  held: Held[]
  books: ToldBooks
  packs: { id: string; credits: number; cents: number }[]
  newGuest: () => Promise<Owner>
  newMember: () => Promise<Owner>
}

export async function makeWorld(db: TestDatabase): Promise<World> {
  await setSettings(db, {
    free_caps: { account: 40, network: 120, wide: 400 },
    worker_cap: 200,
    running_caps: { paid: 40, free: 40, anon: 40 },
  })
  const packs = [
    { id: 'soak-small', credits: 50, cents: 500 },
    { id: 'soak-odd', credits: 7, cents: 333 },
  ]
  for (const { id, credits, cents } of packs) {
    await db.pool.query('insert into credit_packs (id, title, credits, amount_cents) values ($1, $1, $2, $3)', [
      id,
      credits,
      cents,
    ])
  }
  const newGuest = async () => toOwner(await makeArtist(db, { anonymous: true }))
  const newMember = async () => toOwner(await makeArtist(db))
  const members = await Promise.all(Array.from({ length: 12 }, newMember))
  const guests = await Promise.all(Array.from({ length: 4 }, newGuest))
  const workers = await Promise.all(Array.from({ length: 4 }, async () => (await makeWorker(db)).id))
  // One box costs money, so that rent is booked among the rest.
  const { id, keyId } = await makeWorker(db, { keyHash: randomUUID() })
  await call(db, 'set_key_rate', [keyId, 2])
  return {
    db,
    owners: [...members, ...guests],
    workers: [...workers, id],
    held: [],
    books: new ToldBooks(),
    packs,
    newGuest,
    newMember,
  }
}

function toOwner(artist: Artist): Owner {
  return { ...artist, purse: 'free', requests: [], jobs: [] }
}
