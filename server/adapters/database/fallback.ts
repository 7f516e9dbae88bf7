import { z } from 'zod'
import type { Supabase } from '#server/adapters/supabase.ts'
import type { RemoteNote } from '#shared/worker/schema.ts'
import { call, rows } from './calls.ts'

type AttemptArgs = { worker: string; job: string; epoch: number }

/** What rendering by an outside provider adds: its worker's notes and costs, and each person's consent. */
export type Fallback = {
  /** Only keys that are present change. Throws EPOCH_STALE, JOB_OVER, FORBIDDEN. */
  noteRemote: (attempt: AttemptArgs, note: RemoteNote) => Promise<void>
  /** Once an attempt, however often it is said; the highest counts. Not fenced: it was spent. */
  bookProviderCost: (attempt: AttemptArgs, usdMicros: number) => Promise<void>
  /** Whether the person refuses, and whether the operator uses a provider at all. */
  providerConsent: (owner: string) => Promise<{ refused: boolean; used: boolean }>
  /** From a refusal on nothing more begins at a provider; answers what had begun. */
  refuseProvider: (owner: string, refused: boolean) => Promise<{ running: number }>
}

const profileRow = z.object({ refuse_provider: z.boolean() })
const settingRow = z.object({ provider_fallback: z.boolean() })

/** Postgres' names; what is not said stays out, so that it stays as it is. */
function toNote({ id, deadline, postedAt, paidEpoch, marker, refused }: RemoteNote): Record<string, unknown> {
  const named = { id, deadline, posted_at: postedAt, paid_epoch: paidEpoch, marker, refused }
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined))
}

export function createFallback(client: Supabase): Fallback {
  return {
    async noteRemote({ worker, job, epoch }, note) {
      const args = { p_worker: worker, p_job: job, p_epoch: epoch, p_note: toNote(note) as Record<string, string> }
      await call(client, 'note_remote', args, z.unknown())
    },
    async bookProviderCost({ worker, job, epoch }, usdMicros) {
      const args = { p_worker: worker, p_job: job, p_epoch: epoch, p_usd_micros: usdMicros }
      await call(client, 'book_provider_cost', args, z.unknown())
    },
    async providerConsent(owner) {
      const [profiles, settings] = await Promise.all([
        rows('profiles', client.from('profiles').select('refuse_provider').eq('id', owner), profileRow),
        rows('settings', client.from('settings').select('provider_fallback').limit(1), settingRow),
      ])
      return { refused: profiles[0]?.refuse_provider ?? false, used: settings[0]?.provider_fallback ?? false }
    },
    async refuseProvider(owner, refused) {
      const args = { p_owner: owner, p_refuse: refused }
      return { running: await call(client, 'set_refuse_provider', args, z.int()) }
    },
  }
}
