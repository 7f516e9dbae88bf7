import type { Supabase } from '#server/adapters/supabase.ts'
import { createFallback } from './fallback.ts'
import { createGallery } from './gallery.ts'
import { createMoney } from './money.ts'
import { createOperatorWrites } from './operator-writes.ts'
import type { Database } from './port.ts'
import { createReads } from './reads.ts'
import { createShares } from './shares.ts'
import { createUserWrites } from './user-writes.ts'
import { createWorkerWrites } from './worker-writes.ts'

/** Postgres through supabase-js: `.rpc()` for writes, `.select()` for reads, nothing else. */
export function createDatabase(client: Supabase, now: () => number): Database {
  return {
    ...createReads(client, now),
    ...createUserWrites(client),
    ...createWorkerWrites(client),
    ...createFallback(client),
    ...createGallery(client),
    ...createMoney(client),
    ...createShares(client),
    ...createOperatorWrites(client),
  }
}
