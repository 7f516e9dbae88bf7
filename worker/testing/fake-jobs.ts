import { createHash, randomUUID } from 'node:crypto'
import type { z } from 'zod'
import { ForgeError } from '#shared/errors.ts'
import type { ClaimedJob, completeInput, failInput, noteRemoteInput, providerCostInput } from '#shared/worker/schema.ts'

export type Report = { epoch: number; stage: string; step: number; steps: number; progress: number; at: number }

/** A row as the server would keep it, with everything that was ever said about it. */
export type FakeJob = {
  id: string
  status: 'queued' | 'running' | 'succeeded' | 'failed' | 'canceled'
  epoch: number
  claimed: Omit<ClaimedJob, 'epoch' | 'leaseUntil'>
  reports: Report[]
  completions: z.infer<typeof completeInput>[]
  failures: z.infer<typeof failInput>[]
  releases: number
  /** A provider will not make it. */
  refused: boolean
}

type Attempt = { job: string; epoch: number }

/** The fenced rules of the real queue, in memory: one job an epoch, terminal is final, the first completion counts. */
export class FakeJobs {
  readonly rows = new Map<string, FakeJob>()
  drain = false

  add(claimed: FakeJob['claimed']): FakeJob {
    const row: FakeJob = {
      id: claimed.id,
      status: 'queued',
      epoch: 0,
      claimed,
      reports: [],
      completions: [],
      failures: [],
      releases: 0,
      refused: false,
    }
    this.rows.set(row.id, row)
    return row
  }

  /** What the box said of each claim that brought a job. */
  readonly claims: { job: string; ahead: boolean; warm: readonly string[] }[] = []
  /** Another live box idles: nothing is given ahead. */
  elsewhereIdle = false
  /** Templates of the box, as its last session said; undefined = all. */
  templates: readonly string[] | undefined

  claim({ warm, ahead }: { warm: readonly string[]; ahead: boolean } = { warm: [], ahead: false }): ClaimedJob | null {
    if (ahead && this.elsewhereIdle) return null
    const row = [...this.rows.values()].find(
      ({ status, claimed, refused }) =>
        status === 'queued' && !refused && (this.templates?.includes(`${claimed.mode}/${claimed.variant}`) ?? true),
    )
    if (!row) return null
    row.status = 'running'
    row.epoch += 1
    this.claims.push({ job: row.id, ahead, warm })
    return { ...row.claimed, epoch: row.epoch, leaseUntil: new Date(Date.now() + 30_000).toISOString() }
  }

  row(id: string): FakeJob {
    const row = this.rows.get(id)
    if (!row) throw new ForgeError('JOB_NOT_FOUND')
    return row
  }

  /** The row when the attempt still holds it; throws EPOCH_STALE or JOB_OVER. */
  check({ job, epoch }: Attempt): FakeJob {
    const row = this.row(job)
    if (row.epoch !== epoch) throw new ForgeError('EPOCH_STALE')
    if (row.status !== 'running' && row.status !== 'queued') throw new ForgeError('JOB_OVER')
    return row
  }

  report(attempt: Attempt, report: Report) {
    const row = this.row(attempt.job)
    const over = row.epoch !== attempt.epoch || row.status !== 'running'
    if (!over) row.reports.push(report)
    return { lease_until: new Date(Date.now() + 30_000).toISOString(), over, drain: this.drain }
  }

  complete(input: z.infer<typeof completeInput>, stored: ReadonlyMap<string, Uint8Array>) {
    const row = this.row(input.job)
    if (row.status === 'succeeded' && row.epoch === input.epoch) return { status: row.status }
    this.check(input)
    for (const file of input.files) {
      const bytes = stored.get(file.stagingKey)
      if (!bytes) throw new ForgeError('UPLOAD_MISSING', { name: file.name })
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      if (bytes.byteLength !== file.bytes || sha256 !== file.sha256)
        throw new ForgeError('OUTPUT_INVALID', { name: file.name })
    }
    row.completions.push(input)
    row.status = 'succeeded'
    return { status: row.status }
  }

  fail(input: z.infer<typeof failInput>) {
    const row = this.check(input)
    row.failures.push(input)
    row.status = input.retry && row.failures.length < 3 ? 'queued' : 'failed'
    return { status: row.status }
  }

  /** Booked for each attempt (`job:epoch`), millionths of a dollar. */
  readonly costs = new Map<string, number>()

  noteRemote({ job, epoch, refused, ...note }: z.infer<typeof noteRemoteInput>): void {
    const row = this.check({ job, epoch })
    const merged = Object.entries({ ...row.claimed.remote, ...note })
    row.claimed.remote = Object.fromEntries(merged.filter(([, value]) => value !== null && value !== undefined))
    row.refused ||= refused === true
  }

  book({ job, epoch, usdMicros }: z.infer<typeof providerCostInput>): void {
    const key = `${job}:${epoch}`
    this.costs.set(key, Math.max(this.costs.get(key) ?? 0, usdMicros))
  }

  release(attempt: Attempt) {
    const row = this.check(attempt)
    row.releases += 1
    row.status = 'queued'
    return { status: row.status }
  }
}

/** A claimable remix job on `image`, which is served at `url`. */
export function remixJob(
  image: { url: string; bytes: Uint8Array; width: number; height: number },
  overrides: Partial<FakeJob['claimed']> & { spec?: Partial<ClaimedJob['spec']> } & { workflowHash: string },
): FakeJob['claimed'] {
  const { workflowHash, spec, ...rest } = overrides
  const sha256 = createHash('sha256').update(image.bytes).digest('hex')
  return {
    id: randomUUID(),
    mode: 'remix',
    variant: 'schnell',
    modelKey: 'flux1-schnell',
    spec: {
      prompt: 'a rusted cathedral',
      negative: '',
      creativity: 50,
      chaos: 30,
      seed: '7',
      params: {},
      workflowHash,
      ...spec,
    },
    mask: null,
    inputs: [
      {
        assetId: randomUUID(),
        role: 'base',
        weight: 1,
        order: 0,
        url: image.url,
        mime: 'image/png',
        width: image.width,
        height: image.height,
        bytes: image.bytes.byteLength,
        sha256,
      },
    ],
    ...rest,
  }
}
