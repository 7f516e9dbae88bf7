import type { Database, EnqueueRequest } from '#server/adapters/database/port.ts'
import type {
  AssetRow,
  ControlsRow,
  EnqueueReply,
  JobRow,
  PositionRow,
  QuoteReply,
  SettingsRow,
  SpecRow,
  UploadRow,
  WorkerRow,
} from '#server/adapters/database/rows.ts'
import { memoryFallback } from './memory-fallback.ts'
import { memoryGallery } from './memory-gallery.ts'
import { memoryMoney } from './memory-money.ts'
import { memoryShares } from './memory-shares.ts'
import { ForgeError } from '#shared/errors.ts'

type Owned<T> = T & { owner: string }

const queued = {
  status: 'queued',
  stage: 'waiting',
  epoch: 0,
  version: 1,
  step: 0,
  progress: 0,
  returned: 0,
  stand_in: false,
  remote: null,
  error_code: null,
  favourite: false,
  deleted_at: null,
  created_at: '2026-11-23T18:00:00.000001+00:00',
  started_at: null,
  finished_at: null,
} as const

export const plentyLeft: QuoteReply = {
  purse: 'free',
  refusal: null,
  free: { left: 10, cap: 10, resets_at: '2026-11-24T00:00:00+00:00', shared: false },
  credits: { balance: 0, held: 0 },
  jobs: { open: 0, cap: 10 },
  queue: {
    ahead: 0,
    workers_online: 1,
    eta_ms: 9_000.5,
    p90_ms: 12_000,
    starting_ms: null,
    warm: true,
    fallback: false,
  },
}

const openControls: ControlsRow = {
  intake_paused: false,
  dispatch_paused: false,
  free_enabled: true,
  max_concurrent: null,
  daily_cap_usd: null,
  provider_fallback: false,
  fallback_always: false,
  fallback_silence_s: null,
  fallback_wait_s: 300,
  capacity_min: 0,
  capacity_max: 2,
  capacity_hourly_usd: 3,
  capacity_prewarm: [],
  saving_auto: true,
  saving_hold: null,
  saving_step: 'none',
  spent_usd: 0,
}

function openSettings(): SettingsRow {
  return {
    variants: { remix: 'dev' },
    licences: [],
    daily_cap_usd: null,
    saving_auto: true,
    saving_hold: null,
    saving_step: 'none',
    saving_day: null,
    saving_free_pixels: 589_824,
  }
}

type State = {
  quote: QuoteReply
  jobs: JobRow[]
  specs: SpecRow[]
  assets: Owned<AssetRow>[]
}

/**
 * Enough of the database to call services without one: rows in maps, replays by request id, no money. What SQL decides
 * is tested against Postgres in the `*.db.test.ts` files; override any method for a refusal.
 */
export function memoryDatabase(overrides: Partial<Database> = {}) {
  const state = {
    settings: openSettings(),
    quote: plentyLeft,
    enqueued: [] as EnqueueRequest[],
    jobs: [] as JobRow[],
    specs: [] as SpecRow[],
    assets: [] as Owned<AssetRow>[],
    uploads: [] as Owned<UploadRow>[],
    workers: [] as WorkerRow[],
    /** Templates for which a box may come although none is online. */
    coming: [] as string[],
  }
  /** By the image they were made of and their size. */
  const workImages = new Map<string, Owned<AssetRow>>()
  const refuse = (code: 'JOB_NOT_FOUND' | 'UPLOAD_NOT_FOUND') => Promise.reject(new ForgeError(code))
  const finish = (id: string, status: JobRow['status']) => {
    const job = state.jobs.find((row) => row.id === id)
    if (!job) return refuse('JOB_NOT_FOUND')
    job.status = status
    job.version += 1
    return Promise.resolve({ status })
  }

  const database: Database = {
    enqueueJobs(request) {
      const earlier = state.enqueued.find((one) => one.requestId === request.requestId)
      if (earlier) return Promise.resolve(answerOf(state, earlier))
      const wanted = request.jobs.flatMap((job) => job.inputs.map((input) => input.asset_id))
      const asset = wanted.find((id) => !state.assets.some((row) => row.id === id && row.owner === request.owner))
      if (asset !== undefined) return Promise.reject(new ForgeError('ASSET_NOT_FOUND', { asset }))
      state.enqueued.push(request)
      for (const [ordinal, job] of request.jobs.entries()) insertJob(state, request, { job, ordinal })
      return Promise.resolve(answerOf(state, request))
    },
    quote: () => Promise.resolve(state.quote),
    mayCome: (templates) => Promise.resolve(templates.filter((name) => state.coming.includes(name))),
    queuePositions: (ids) => Promise.resolve(ids.map(firstInQueue)),
    cancelJob: (_owner, job) => finish(job, 'canceled'),
    createUpload({ id, owner, key }) {
      state.uploads.push({ id, owner, staging_key: key, asset_id: null })
      return Promise.resolve()
    },
    confirmUpload(id, owner, asset) {
      const upload = state.uploads.find((row) => row.id === id && row.owner === owner)
      if (!upload) return refuse('UPLOAD_NOT_FOUND')
      const known = state.assets.find((row) => row.id === upload.asset_id)
      if (known) return Promise.resolve(known)
      const { parents: _parents, ...facts } = asset
      const row = { ...facts, job_id: null, owner }
      state.assets.push(row)
      upload.asset_id = row.id
      return Promise.resolve(row)
    },
    findWorkImage: (_owner, asset, { width, height }) =>
      Promise.resolve(workImages.get(`${asset} ${width} ${height}`) ?? null),
    keepWorkImage(owner, asset, { parents: _parents, ...facts }) {
      const name = `${asset} ${facts.width} ${facts.height}`
      const row = workImages.get(name) ?? { ...facts, kind: 'work', job_id: null, owner }
      if (!workImages.has(name)) state.assets.push(row)
      workImages.set(name, row)
      return Promise.resolve(row)
    },
    mergeAccounts: () => Promise.resolve({ jobs: 1 }),
    openSession: (_hash, instance) => Promise.resolve({ worker_id: instance }),
    checkWorker: () => Promise.resolve(),
    claimJob: () => Promise.resolve(null),
    checkAttempt({ job }) {
      const row = state.jobs.find((one) => one.id === job)
      return row
        ? Promise.resolve({ mode: row.mode, variant: row.variant, status: row.status })
        : refuse('JOB_NOT_FOUND')
    },
    completeJob({ job }, { assets }) {
      const owner = state.jobs.find((row) => row.id === job)?.owner ?? ''
      state.assets.push(...assets.map((asset) => ({ ...asset, job_id: job, owner })))
      return finish(job, 'succeeded')
    },
    failJob: ({ job }, { retry }) => finish(job, retry ? 'queued' : 'failed'),
    attemptInputs: () => Promise.resolve([]),
    noteGone: () => Promise.resolve(),
    releaseJob: ({ job }) => finish(job, 'queued'),
    setFitness: () => Promise.resolve(),
    leaveWorker: () => Promise.resolve(),
    sweep: () => Promise.resolve({ requeued: 0, failed: 0, expired_uploads: [] }),
    takeUsageReport: () => Promise.resolve(null),
    endUsageReport: () => Promise.resolve(),
    spendRate: (calls) => Promise.resolve(calls.map(({ cap }) => -cap)),
    noteRefusals: () => Promise.resolve(),
    fleet: () =>
      Promise.resolve({
        queue: [],
        workers: [],
        eta: [],
        alerts: [],
        spend: { todayUsd: 0, capUsd: null, saving: 'none' },
      }),
    revokeWorker: () => Promise.resolve(0),
    revokeKey: () => Promise.resolve(),
    liftQuarantine: () => Promise.resolve(),
    liftKeyQuarantine: () => Promise.resolve(),
    takeAlert: () => Promise.resolve(null),
    alertTold: () => Promise.resolve(),
    changeSettings: (_actor, changes) => Promise.resolve({ ...openControls, ...changes }),
    settings: () => Promise.resolve(state.settings),
    jobs(owner, filter) {
      const own = state.jobs.filter((row) => row.owner === owner)
      if ('requestId' in filter) return Promise.resolve(own.filter((row) => row.request_id === filter.requestId))
      return Promise.resolve('ids' in filter ? own.filter((row) => filter.ids.includes(row.id)) : own)
    },
    specs: (jobs) => Promise.resolve(state.specs.filter((row) => jobs.includes(row.job_id))),
    assets: (owner, ids) => Promise.resolve(state.assets.filter((row) => row.owner === owner && ids.includes(row.id))),
    outputs: (jobs) => Promise.resolve(state.assets.filter((row) => row.job_id !== null && jobs.includes(row.job_id))),
    upload: (id, owner) => Promise.resolve(state.uploads.find((row) => row.id === id && row.owner === owner) ?? null),
    balance: () => Promise.resolve({ balance: 0, held: 0 }),
    ...memoryFallback(),
    ...memoryGallery(),
    ...memoryMoney(),
    ...memoryShares(),
    workersOnline: () => Promise.resolve(state.workers),
    accountSince: () => Promise.resolve(0),
    ping: () => Promise.resolve(),
    ...overrides,
  }
  return { database, state }
}

function firstInQueue(id: string): PositionRow {
  const unknown = { eta_ms: null, p90_ms: null, starting_ms: null, warm: null, fallback: false }
  return { id, ahead: 0, workers_online: 1, ...unknown, cancel: 'returns', waits_for: null }
}

function answerOf(state: State, { owner, requestId }: EnqueueRequest): EnqueueReply {
  const jobs = state.jobs.filter((row) => row.owner === owner && row.request_id === requestId)
  const ids = jobs.map((row) => row.id)
  return {
    jobs,
    specs: state.specs.filter((row) => ids.includes(row.job_id)),
    inputs: state.assets.filter((row) => row.owner === owner),
    positions: ids.map(firstInQueue),
    quote: state.quote,
  }
}

function insertJob(
  state: State,
  { owner, requestId, purse }: EnqueueRequest,
  { job, ordinal }: { job: EnqueueRequest['jobs'][number]; ordinal: number },
): void {
  const { id, mode, variant, price, steps, prompt, negative, creativity, chaos, seed, params, inputs, mask } = job
  state.specs.push({ job_id: id, prompt, negative, creativity, chaos, seed, params, inputs, mask })
  const fixed = { owner, request_id: requestId, purse, transmission: id.slice(-8) }
  state.jobs.push({ ...queued, ...fixed, id, ordinal, mode, variant, steps, price })
}
