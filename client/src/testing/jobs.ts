import type { AssetView } from '#shared/assets/schema.ts'
import type { JobView, QuoteView } from '#shared/jobs/schema.ts'
import type { JobMessage } from '#shared/realtime/schema.ts'

/** 2026-11-23T12:00:00Z in ms, the now of these fixtures. */
export const noon = Date.UTC(2026, 10, 23, 12)

export function makeAsset(overrides: Partial<AssetView> = {}): AssetView {
  const id = crypto.randomUUID()
  return {
    id,
    kind: 'input',
    mime: 'image/webp',
    width: 1_024,
    height: 681,
    bytes: 90_000,
    url: `http://objects.test/${id}`,
    urlExpiresAt: new Date(noon + 3_600_000).toISOString(),
    ...overrides,
  }
}

export function makeJob(overrides: Partial<JobView> = {}): JobView {
  return {
    id: crypto.randomUUID(),
    requestId: crypto.randomUUID(),
    ordinal: 0,
    transmission: 'a41f09c2',
    mode: 'remix',
    variant: 'dev',
    status: 'queued',
    stage: 'waiting',
    epoch: 0,
    version: 1,
    step: 0,
    steps: 28,
    progress: 0,
    purse: 'free',
    price: 1,
    returned: 0,
    errorCode: null,
    negative: '',
    mask: null,
    aspect: null,
    prompt: 'linocut',
    creativity: 50,
    chaos: 30,
    seed: '8812',
    standIn: false,
    fallback: null,
    smaller: null,
    inputs: [{ role: 'base', weight: 1, asset: makeAsset() }],
    outputs: [],
    favourite: false,
    deleted: false,
    parents: [],
    queue: makeQueue({ ahead: 2, etaMs: 40_000 }),
    cancel: 'returns',
    waitsFor: null,
    createdAt: new Date(noon).toISOString(),
    startedAt: null,
    finishedAt: null,
    ...overrides,
  }
}

export function makeMessage(job: JobView, overrides: Partial<JobMessage> = {}): JobMessage {
  const { id, epoch, status, stage, step, steps, progress } = job
  return { id, version: job.version + 1, epoch, status, stage, step, steps, progress, error_code: null, ...overrides }
}

export function makeQuote(overrides: Partial<QuoteView> = {}): QuoteView {
  return {
    purse: 'free',
    price: 1,
    queue: makeQueue({}),
    limits: {
      free: { left: 7, cap: 10, resetsAt: new Date(noon + 12 * 3_600_000).toISOString(), shared: false },
      credits: { balance: 0, held: 0 },
      jobs: { open: 0, cap: 4 },
      saving: 'none',
    },
    refusal: null,
    ...overrides,
  }
}

export function makeQueue(overrides: Partial<QuoteView['queue']>): QuoteView['queue'] {
  return {
    ahead: 0,
    workersOnline: 1,
    etaMs: null,
    p90Ms: null,
    startingMs: null,
    warm: true,
    fallback: false,
    ...overrides,
  }
}
