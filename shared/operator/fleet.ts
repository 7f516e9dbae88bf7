import { z } from 'zod'
import { jobStages } from '#shared/jobs/rules.ts'
import { uuid } from '#shared/uuid.ts'

const time = z.iso.datetime({ offset: true })

/** Jobs of one class and template that are not over. `served`: a live box could run them. */
const queueLine = z.object({
  class: z.enum(['paid', 'free', 'anon']),
  template: z.string(),
  queued: z.int(),
  running: z.int(),
  oldestS: z.number().nullable(),
  served: z.boolean(),
})

const boxJob = z.object({
  job: z.uuid(),
  template: z.string(),
  stage: z.enum(jobStages),
  step: z.int(),
  steps: z.int(),
  ahead: z.boolean(),
})

const box = z.object({
  id: z.uuid(),
  key: z.string(),
  pool: z.string(),
  trust: z.string(),
  gpu: z.string(),
  warm: z.array(z.string()),
  lastSeen: time,
  /** Has asked for work or reported on a job within 45 s. */
  live: z.boolean(),
  draining: z.boolean(),
  revoked: z.boolean(),
  /** Gets no job until an operator lifts it. */
  quarantinedAt: time.nullable(),
  /** None of its key does. */
  keyQuarantined: z.boolean(),
  /** When it said goodbye; null while it is there. */
  leftAt: time.nullable(),
  /** Gets no job for some seconds. */
  held: z.boolean(),
  unfitReason: z.string().nullable(),
  /** Attempts in a row that it failed or lost. */
  streak: z.int(),
  jobs: z.array(boxJob),
  /** How often it was refused, by reason, ever. */
  refusals: z.record(z.string(), z.int()),
})

/** How often promises of a template held, from the press or from the claim; factors correct what a press is told. */
const calibration = z.object({
  template: z.string(),
  point: z.enum(['press', 'claim']),
  n: z.int(),
  p50Held: z.number(),
  p90Held: z.number(),
  p50Factor: z.number().nullable(),
  p90Factor: z.number().nullable(),
})

export const fleetView = z.object({
  queue: z.array(queueLine),
  workers: z.array(box),
  eta: z.array(calibration),
  alerts: z.array(
    z.object({ kind: z.string(), subject: z.string(), openedAt: time, detail: z.record(z.string(), z.unknown()) }),
  ),
  /** US dollars, today in UTC. `saving`: the step in which the day's money is stretched. */
  spend: z.object({ todayUsd: z.number(), capUsd: z.number().nullable(), saving: z.string() }),
})
export type FleetView = z.infer<typeof fleetView>

export const workerRef = z.strictObject({ worker: uuid })
export const keyRef = z.strictObject({ key: uuid })
