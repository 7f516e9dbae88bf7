import type { UsageAnswer } from '#server/adapters/usage.ts'
import type { Bucket } from '#server/services/limits/buckets.ts'
import type { FailureCode, Purse } from '#shared/jobs/rules.ts'
import type { FleetView } from '#shared/operator/fleet.ts'
import type { Capabilities } from '#shared/worker/schema.ts'
import type { Fallback } from './fallback.ts'
import type { Gallery } from './gallery.ts'
import type { Money } from './money.ts'
import type {
  AlertRow,
  AssetRow,
  AttemptReply,
  BalanceRow,
  ClaimReply,
  ControlsRow,
  EnqueueReply,
  JobRow,
  NewAsset,
  PositionRow,
  QuoteReply,
  SettingsRow,
  SpecInput,
  SpecMask,
  SpecRow,
  StatusReply,
  SweepReply,
  UploadRow,
  UsageReportRow,
  WorkerRow,
} from './rows.ts'
import type { Shares } from './shares.ts'

/** One image to make, as `enqueue_jobs` takes it. Price in credits. */
export type NewJob = {
  id: string
  mode: string
  variant: string
  model_key: string
  price: number
  steps: number
  prompt: string
  negative: string
  creativity: number
  chaos: number
  seed: string
  params: Readonly<Record<string, number>>
  inputs: SpecInput[]
  mask: SpecMask | null
  workflow_hash: string
  /** The job that this one takes up again; left out by the database when it is not the owner's. */
  again_of: string | null
}

export type EnqueueRequest = {
  owner: string
  anonymous: boolean
  requestId: string
  requestHash: string
  purse: Purse
  /** What the button said for the whole press: images when the purse is free, else credits. */
  expectedPrice: number
  buckets: Bucket[]
  jobs: NewJob[]
}

export type QuoteRequest = {
  /** null: a visitor without an account. */
  owner: string | null
  anonymous: boolean
  buckets: Bucket[]
  /** `mode/variant`; null when only the limits are asked for. */
  template: string | null
  count: number
  price: number
  /** What would be made, for the estimate. */
  wish?: { model_key: string; steps: number } | undefined
}

export type Attempt = { worker: string; job: string; epoch: number }

/**
 * What the server asks of Postgres. Every write is one SQL function, every refusal a `ForgeError`; an unreachable
 * database is `UNAVAILABLE`. Reads are scoped by owner wherever the caller is a user.
 */
export type Database = Fallback &
  Gallery &
  Money &
  Shares & {
    enqueueJobs: (request: EnqueueRequest) => Promise<EnqueueReply>
    quote: (request: QuoteRequest) => Promise<QuoteReply>
    /** Those of the templates (`mode/variant`) of which a job will find a box sometime. */
    mayCome: (templates: readonly string[]) => Promise<string[]>
    queuePositions: (jobs: readonly string[]) => Promise<PositionRow[]>
    cancelJob: (owner: string, job: string) => Promise<StatusReply>
    createUpload: (upload: { id: string; owner: string; key: string; mime: string; bytes: number }) => Promise<void>
    confirmUpload: (upload: string, owner: string, asset: NewAsset) => Promise<AssetRow>
    /** The work image of that size that was made of the asset, null while there is none. */
    findWorkImage: (owner: string, asset: string, size: { width: number; height: number }) => Promise<AssetRow | null>
    /** Records a work image of the asset; of two made at once the first is the answer of both. */
    keepWorkImage: (owner: string, asset: string, work: Omit<NewAsset, 'kind'>) => Promise<AssetRow>
    mergeAccounts: (from: string, into: string) => Promise<{ jobs: number }>

    openSession: (keyHash: string, instance: string, capabilities: Capabilities) => Promise<{ worker_id: string }>
    checkWorker: (worker: string) => Promise<void>
    claimJob: (worker: string, wish: { warm: readonly string[]; ahead: boolean }) => Promise<ClaimReply>
    checkAttempt: (attempt: Attempt) => Promise<AttemptReply>
    completeJob: (
      attempt: Attempt,
      result: { assets: NewAsset[]; gpuMs: number; stageMs: Readonly<Record<string, number>> },
    ) => Promise<StatusReply>
    /** `blame`: false when the server has seen for itself that it was not the box. */
    failJob: (
      attempt: Attempt,
      failure: { code: FailureCode; retry: boolean; detail: string; blame?: boolean },
    ) => Promise<StatusReply>
    /** Storage keys of the files that an attempt was given. Throws EPOCH_STALE, JOB_OVER. */
    attemptInputs: (attempt: Attempt) => Promise<string[]>
    /** What storage has no more: a press that names it is refused from now on. */
    noteGone: (keys: readonly string[]) => Promise<void>
    releaseJob: (attempt: Attempt) => Promise<StatusReply>
    /** Why nothing can run on this box; null once it can again. */
    setFitness: (worker: string, reason: string | null) => Promise<void>
    /** Gets nothing more until its next session. */
    leaveWorker: (worker: string) => Promise<void>
    sweep: () => Promise<SweepReply>
    /** The next count to tell the owner of one of these models (keys of models.json), for this caller alone. */
    takeUsageReport: (models: readonly string[]) => Promise<UsageReportRow | null>
    endUsageReport: (id: number, outcome: UsageAnswer['outcome'], problem: string) => Promise<void>
    /** Takes one call from every key, for all servers; per key the seconds to wait, or minus the calls that are left. */
    spendRate: (calls: readonly { key: string; cap: number }[], windowS: number) => Promise<number[]>
    /** The next alert to tell, for this caller alone for a while. */
    takeAlert: () => Promise<AlertRow | null>
    alertTold: (id: number) => Promise<void>
    /** Refusals of boxes since the last call, counted by reason. */
    noteRefusals: (notes: readonly { worker: string; reason: string; count: number }[]) => Promise<void>
    fleet: () => Promise<FleetView>
    /** Answers how many jobs went back. `actor` goes into the audit log. */
    revokeWorker: (actor: string, worker: string) => Promise<number>
    revokeKey: (key: string) => Promise<void>
    liftQuarantine: (actor: string, worker: string) => Promise<void>
    /** Also of all its boxes. */
    liftKeyQuarantine: (actor: string, key: string) => Promise<void>
    /** Changes what is named and answers everything that is in force; `actor` goes into the audit log. */
    changeSettings: (
      actor: string,
      changes: Partial<Omit<ControlsRow, 'spent_usd' | 'saving_step'>>,
    ) => Promise<ControlsRow>

    settings: () => Promise<SettingsRow>
    /** Jobs of the owner, newest first; `before` is the `created_at` to start below. */
    jobs: (
      owner: string,
      filter: { ids: readonly string[] } | { requestId: string } | { before: string | null; limit: number },
    ) => Promise<JobRow[]>
    specs: (jobs: readonly string[]) => Promise<SpecRow[]>
    /** The owner's assets of those ids, deleted ones included: past jobs keep showing what they were made from. */
    assets: (owner: string, ids: readonly string[]) => Promise<AssetRow[]>
    /** Finished images of those jobs, deleted ones excluded. */
    outputs: (jobs: readonly string[]) => Promise<AssetRow[]>
    upload: (id: string, owner: string) => Promise<UploadRow | null>
    balance: (owner: string) => Promise<BalanceRow>
    /** Live workers: seen lately, not draining, not revoked. As of a second ago at most. */
    workersOnline: () => Promise<WorkerRow[]>
    /** When the account was made, milliseconds since 1970. */
    accountSince: (owner: string) => Promise<number>
    /** Throws UNAVAILABLE when the database does not answer. */
    ping: () => Promise<void>
  }
