import { z } from 'zod'
import { assetKinds, imageMimes } from '#shared/assets/rules.ts'
import {
  cancelEffects,
  failureCodes,
  fallbackReasons,
  inputRoles,
  jobStages,
  jobStatuses,
  providers,
  purses,
  waitReasons,
} from '#shared/jobs/rules.ts'
import { savingSteps } from '#shared/limits/rules.ts'
import { prewarmRule } from '#shared/operator/prewarm.ts'

const time = z.iso.datetime({ offset: true })

/** What jobs.remote says; it is about the attempt of its own epoch only. */
const remoteRow = z.object({
  provider: z.enum(providers).optional(),
  reason: z.enum(fallbackReasons).optional(),
  epoch: z.int().optional(),
  id: z.string().optional(),
  deadline: time.optional(),
  posted_at: time.optional(),
  paid_epoch: z.int().optional(),
  marker: z.string().optional(),
  refused: z.boolean().optional(),
})

/** What every answer of the database must look like; the columns read are exactly the keys of these objects. */
export const jobRow = z.object({
  id: z.uuid(),
  owner: z.uuid(),
  request_id: z.uuid(),
  ordinal: z.int(),
  mode: z.string(),
  variant: z.string(),
  status: z.enum(jobStatuses),
  stage: z.enum(jobStages),
  epoch: z.int(),
  version: z.int(),
  step: z.int(),
  steps: z.int(),
  progress: z.number(),
  purse: z.enum(purses),
  price: z.int(),
  returned: z.int(),
  stand_in: z.boolean(),
  remote: remoteRow.nullish(),
  error_code: z.enum(failureCodes).nullable(),
  transmission: z.string(),
  favourite: z.boolean(),
  deleted_at: time.nullable(),
  created_at: time,
  started_at: time.nullable(),
  finished_at: time.nullable(),
})
export type JobRow = z.infer<typeof jobRow>

const specInput = z.object({
  asset_id: z.uuid(),
  role: z.enum(inputRoles),
  weight: z.number(),
  order: z.int(),
})
export type SpecInput = z.infer<typeof specInput>

/** Softness in pixels of the work image. */
const specMask = z.object({ asset_id: z.uuid(), grow: z.int(), feather: z.int() })
export type SpecMask = z.infer<typeof specMask>

export const specRow = z.object({
  job_id: z.uuid(),
  prompt: z.string(),
  negative: z.string(),
  creativity: z.number(),
  chaos: z.number(),
  seed: z.string(),
  params: z.record(z.string(), z.number()),
  inputs: z.array(specInput),
  mask: specMask.nullable(),
})
export type SpecRow = z.infer<typeof specRow>

export const assetRow = z.object({
  id: z.uuid(),
  kind: z.enum(assetKinds),
  storage_key: z.string(),
  mime: z.enum(imageMimes),
  width: z.int(),
  height: z.int(),
  bytes: z.int(),
  sha256: z.string(),
  job_id: z.uuid().nullable(),
  /** Of a work image: the job whose result it was scaled from. */
  origin: z.uuid().nullish(),
})
export type AssetRow = z.infer<typeof assetRow>

/** An asset about to be recorded; `job_id` is the database's to know. `parents` are the assets it was made from. */
export type NewAsset = Omit<AssetRow, 'job_id' | 'origin'> & { parents?: string[]; colour?: string }

export const uploadRow = z.object({ id: z.uuid(), staging_key: z.string(), asset_id: z.uuid().nullable() })
export type UploadRow = z.infer<typeof uploadRow>

export const settingsRow = z.object({
  variants: z.record(z.string(), z.string()),
  licences: z.array(z.string()),
  daily_cap_usd: z.number().nullable(),
  saving_auto: z.boolean(),
  saving_hold: z.enum(savingSteps).nullable(),
  saving_step: z.enum(savingSteps),
  saving_day: z.iso.date().nullable(),
  saving_free_pixels: z.int(),
})
export type SettingsRow = z.infer<typeof settingsRow>

export const balanceRow = z.object({ balance: z.int(), held: z.int() })
export type BalanceRow = z.infer<typeof balanceRow>

export const workerRow = z.object({
  id: z.uuid(),
  capabilities: z.object({
    templates: z.array(z.string()).default([]),
    standIn: z.boolean().default(false),
    toy: z.boolean().default(false),
  }),
})
export type WorkerRow = z.infer<typeof workerRow>

const queue = z.object({
  ahead: z.int().nullable(),
  workers_online: z.int(),
  eta_ms: z.number().nullable(),
  p90_ms: z.number().nullable(),
  starting_ms: z.number().nullable(),
  warm: z.boolean().nullable(),
  fallback: z.boolean(),
})

export const quoteReply = z.object({
  purse: z.enum(purses),
  refusal: z
    .enum([
      'PURSE_EMPTY',
      'FREE_LIMIT_REACHED',
      'FREE_PAUSED',
      'TOO_MANY_JOBS',
      'INTAKE_PAUSED',
      'QUEUE_FULL',
      'SPEND_CAP_REACHED',
    ])
    .nullable(),
  free: z.object({ left: z.int(), cap: z.int(), resets_at: time, shared: z.boolean() }),
  credits: balanceRow,
  jobs: z.object({ open: z.int(), cap: z.int() }),
  queue,
})
export type QuoteReply = z.infer<typeof quoteReply>

export const positionReply = z.array(
  queue.extend({ id: z.uuid(), cancel: z.enum(cancelEffects), waits_for: z.enum(waitReasons).nullable() }),
)
export type PositionRow = z.infer<typeof positionReply>[number]

/** A press and everything its answer shows, in the order of `ordinal`. `quote` says what is left; it counts no queue. */
export const enqueueReply = z.object({
  jobs: z.array(jobRow),
  specs: z.array(specRow),
  inputs: z.array(assetRow),
  positions: positionReply,
  quote: quoteReply,
})
export type EnqueueReply = z.infer<typeof enqueueReply>

export const statusReply = z.object({ status: z.enum(jobStatuses) })
export type StatusReply = z.infer<typeof statusReply>

export const sessionReply = z.object({ worker_id: z.uuid() })

export const attemptReply = z.object({ mode: z.string(), variant: z.string(), status: z.enum(jobStatuses) })
export type AttemptReply = z.infer<typeof attemptReply>

const claimedAsset = {
  storage_key: z.string(),
  mime: z.enum(imageMimes),
  width: z.int(),
  height: z.int(),
  bytes: z.int(),
  sha256: z.string(),
}

export const claimReply = z
  .object({
    id: z.uuid(),
    epoch: z.int(),
    mode: z.string(),
    variant: z.string(),
    model_key: z.string(),
    lease_until: time,
    spec: z.object({
      prompt: z.string(),
      negative: z.string(),
      creativity: z.number(),
      chaos: z.number(),
      seed: z.string(),
      params: z.record(z.string(), z.unknown()),
      workflow_hash: z.string(),
    }),
    inputs: z.array(specInput.extend(claimedAsset)),
    mask: specMask.extend(claimedAsset).nullable(),
    remote: remoteRow.nullish(),
  })
  .nullable()
export type ClaimReply = z.infer<typeof claimReply>

export const usageReportRow = z.object({ id: z.int(), model_key: z.string(), uses: z.int() })
export type UsageReportRow = z.infer<typeof usageReportRow>

export const alertRow = z.object({
  id: z.int(),
  kind: z.string(),
  subject: z.string(),
  detail: z.record(z.string(), z.unknown()),
  opened_at: time,
  tries: z.int(),
})
export type AlertRow = z.infer<typeof alertRow>

/** The operator's switches and caps as they are in force. Money in US dollars; null = no cap. */
export const controlsRow = z.object({
  intake_paused: z.boolean(),
  dispatch_paused: z.boolean(),
  free_enabled: z.boolean(),
  max_concurrent: z.int().nullable(),
  daily_cap_usd: z.number().nullable(),
  provider_fallback: z.boolean(),
  fallback_always: z.boolean(),
  fallback_silence_s: z.int().nullable(),
  fallback_wait_s: z.int().nullable(),
  capacity_min: z.int(),
  capacity_max: z.int(),
  capacity_hourly_usd: z.number().nullable(),
  capacity_prewarm: z.array(prewarmRule),
  saving_auto: z.boolean(),
  saving_hold: z.enum(savingSteps).nullable(),
  saving_step: z.enum(savingSteps),
  spent_usd: z.number(),
})
export type ControlsRow = z.infer<typeof controlsRow>

export const sweepReply = z.looseObject({
  requeued: z.int().default(0),
  failed: z.int().default(0),
  expired_uploads: z.array(z.string()).default([]),
})
export type SweepReply = z.infer<typeof sweepReply>
