import { z } from 'zod'
import { assetKinds, imageMimes } from '#shared/assets/rules.ts'
import { failureCodes, fallbackReasons, inputRoles, jobStages, providers } from '#shared/jobs/rules.ts'
import { uuid } from '#shared/uuid.ts'

/** A box's own words, as Postgres can hold them: it takes neither NUL nor half of a surrogate pair. */
function words(max: number) {
  return z
    .string()
    .max(max)
    .transform((text) => text.toWellFormed().replaceAll('\0', ''))
}

const dayMs = 86_400_000
/** Measured on the box, milliseconds: a clock that jumped must not cost the image. */
const measuredMs = z
  .number()
  .min(0)
  .transform((ms) => Math.min(ms, dayMs))

/** `sells`: images may be sold for credits. `usdMicros`: the most that one image costs, millionths of a dollar. */
const providerFacts = z.strictObject({
  name: z.enum(providers),
  offers: z.record(words(80), z.strictObject({ usdMicros: z.int().min(0).max(10_000_000), sells: z.boolean() })),
  /** Images that this worker has made there at once. */
  parallel: z.int().min(1).max(100).optional(),
})

/** What a box says it can run. One entry a template that passed its self-test: `mode/variant`. */
export const capabilities = z.strictObject({
  templates: z.array(words(80)).max(100),
  gpu: words(120),
  vramBytes: z.number().int().min(0),
  comfyVersion: words(40),
  standIn: z.boolean(),
  /** Templates that cannot run here, each with the reason in words for the operator. */
  unavailable: z.record(words(80), words(300)).default({}),
  /** True on a box with toy weights (`FORGE_TOY=1`): every output is labelled. */
  toy: z.boolean().default(false),
  /** Whose machines make the images, when they are not this box's: prices and terms of each template. */
  provider: providerFacts.optional(),
})
export type Capabilities = z.infer<typeof capabilities>

export const sessionInput = z.strictObject({
  /** The worker key, shown once to the operator (`fwk_…`). */
  key: z.string().min(20).max(200),
  /** UUID kept on the box: one row in `workers` per instance. */
  instance: uuid,
  capabilities,
})

/** A 10-minute token of the Postgres role `forge_worker` whose `sub` is the instance, and where to use it. */
export const sessionResult = z.object({
  token: z.string(),
  expiresAt: z.iso.datetime({ offset: true }),
  supabaseUrl: z.url(),
  publishableKey: z.string(),
})

/**
 * `ahead`: the box still renders and asks for the job after it. It gets one only while it holds no other ahead and no
 * idle box could run that job; null otherwise.
 */
export const claimInput = z.strictObject({
  warm: z.array(words(80)).max(20).default([]),
  ahead: z.boolean().default(false),
})

/** One file of a claimed job, by signed GET. */
const claimedImage = z.object({
  assetId: z.uuid(),
  url: z.url(),
  mime: z.enum(imageMimes),
  width: z.int(),
  height: z.int(),
  bytes: z.int(),
  sha256: z.string(),
})

/**
 * Part of a claim by a provider's worker: what an earlier attempt knew of its prediction. `paidEpoch` is the attempt
 * that its price belongs to.
 */
export const remoteFacts = z.object({
  id: z.string().optional(),
  deadline: z.iso.datetime({ offset: true }).optional(),
  postedAt: z.iso.datetime({ offset: true }).optional(),
  paidEpoch: z.int().optional(),
  /** A value of its input that no other prediction has. */
  marker: z.string().optional(),
  reason: z.enum(fallbackReasons).optional(),
})
export type RemoteFacts = z.infer<typeof remoteFacts>

/** Everything one attempt needs; inputs by signed GET. Never the owner. */
export const claimedJob = z.object({
  id: z.uuid(),
  epoch: z.int(),
  mode: z.string(),
  variant: z.string(),
  modelKey: z.string(),
  leaseUntil: z.iso.datetime({ offset: true }),
  spec: z.object({
    prompt: z.string(),
    negative: z.string(),
    creativity: z.number(),
    chaos: z.number(),
    seed: z.string(),
    params: z.record(z.string(), z.unknown()),
    workflowHash: z.string(),
  }),
  inputs: z.array(claimedImage.extend({ role: z.enum(inputRoles), weight: z.number(), order: z.int() })),
  /** White = repaint, as large as the work image; `grow` and `feather` in its pixels. */
  mask: claimedImage.extend({ grow: z.int(), feather: z.int() }).nullable(),
  /** Null for a box, and for a provider that has not begun with it. */
  remote: remoteFacts.nullish(),
})
export type ClaimedJob = z.infer<typeof claimedJob>

export const attemptRef = z.strictObject({ job: uuid, epoch: z.int32().min(1) })

/** What a provider's worker leaves for whoever takes the job up after it; null forgets. */
export const noteRemoteInput = attemptRef.extend({
  id: z.string().max(100).nullable().optional(),
  deadline: z.iso.datetime({ offset: true }).nullable().optional(),
  postedAt: z.iso.datetime({ offset: true }).nullable().optional(),
  paidEpoch: z.int32().min(1).nullable().optional(),
  marker: z.string().max(300).nullable().optional(),
  /** The provider will not make this image: no provider is asked again. */
  refused: z.boolean().optional(),
})
export type RemoteNote = Omit<z.infer<typeof noteRemoteInput>, 'job' | 'epoch'>

/** What one attempt's prediction cost; may be said again, the highest counts. */
export const providerCostInput = attemptRef.extend({ usdMicros: z.int().min(0).max(100_000_000) })

/** A file the worker wants to hand in. Names are unique within one attempt: `output-0`, `preview-0`, `timeline`. */
export const outputFile = z.strictObject({
  name: z.string().regex(/^[a-z]+(-\d)?$/),
  kind: z.enum(assetKinds),
  mime: z.enum(imageMimes),
  bytes: z
    .int()
    .min(1)
    .max(64 * 1024 * 1024),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})
export type OutputFile = z.infer<typeof outputFile>

export const uploadsInput = attemptRef.extend({ files: z.array(outputFile).min(1).max(8) })
export const uploadsResult = z.array(
  z.object({ name: z.string(), url: z.url(), headers: z.record(z.string(), z.string()), stagingKey: z.string() }),
)

/** Milliseconds per stage; advisory, never billed from. */
export const stageTimes = z.partialRecord(z.enum(jobStages), measuredMs)

export const completeInput = attemptRef.extend({
  files: z
    .array(outputFile.extend({ stagingKey: z.string().max(200) }))
    .min(1)
    .max(8),
  gpuMs: measuredMs,
  stageMs: stageTimes,
})

export const failInput = attemptRef.extend({
  code: z.enum(failureCodes),
  /** True when another attempt may succeed. */
  retry: z.boolean(),
  /** For the operator's log; never shown to users. */
  detail: words(2_000).default(''),
})

/** Why nothing can run on this box, in words for the operator; null once it can again. */
export const unfitInput = z.strictObject({ reason: words(300).nullable() })

/** Answer of `report_progress`, which the worker calls in Postgres directly with its own role. */
export const progressReply = z.object({
  lease_until: z.iso.datetime({ offset: true }),
  /** The job ended (or moved to another epoch): stop and interrupt. */
  over: z.boolean(),
  drain: z.boolean(),
  /** More jobs run than `frameLimits.busyAbove`: send previews half as often. */
  busy: z.boolean().default(false),
})
export type ProgressReply = z.infer<typeof progressReply>
