import type { ClaimedJob, RemoteFacts, RemoteNote } from '#shared/worker/schema.ts'
import { persist } from '#worker/jobs/persist.ts'
import type { ReplicateParts } from './parts.ts'

/** How long a server that is away may keep a prediction from being begun. */
const noteMs = 60_000

/**
 * What is known of an attempt's prediction, kept where a crash leaves it: first in this box's journal, then on the row,
 * for whoever takes the job up when this disk is gone too.
 */
export type RemoteNotes = {
  facts: () => RemoteFacts
  /** Throws `JobStop` when the attempt is no longer ours. */
  note: (changes: RemoteNote, signal: AbortSignal) => Promise<void>
  /** What no longer exists is forgotten: the next attempt begins anew. */
  forget: (signal: AbortSignal) => Promise<void>
}

const nothing = { id: null, deadline: null, postedAt: null, paidEpoch: null, marker: null } as const

export function createRemoteNotes(
  { control, journal, log }: Pick<ReplicateParts, 'control' | 'journal' | 'log'>,
  job: ClaimedJob,
): RemoteNotes {
  let facts: RemoteFacts = { ...job.remote }

  async function note(changes: RemoteNote, signal: AbortSignal): Promise<void> {
    const { refused: _row, ...kept } = changes
    const known = { ...facts, ...kept }
    facts = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== null && value !== undefined))
    await journal.write({ ...job, remote: facts })
    await persist(() => control.noteRemote({ job: job.id, epoch: job.epoch }, changes, signal), {
      log: log.child({ job: job.id, epoch: job.epoch }),
      what: 'remote',
      limitMs: noteMs,
      signal,
    })
  }

  return { facts: () => facts, note, forget: (signal) => note(nothing, signal) }
}
