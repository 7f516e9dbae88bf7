import type { FailureCode } from '#shared/jobs/rules.ts'
import { oneOf, pick, type Random } from '#supabase/tests/soak/random.ts'

export type Params = Readonly<Record<string, number | string | boolean>>

type Spec = {
  /** Rows of the fault matrix that it is the proof of. */
  ids: readonly string[]
  weight: number
  draw: (random: Random) => Params
  /** How a job may end because of it; every other failure is an offence. */
  mayEnd?: readonly FailureCode[]
  /** Processes that may end by themselves because of it. */
  mayExit?: readonly ('worker' | 'engine' | 'api' | 'server' | 'provider')[]
  /** Both boxes are held from the beginning until it is over, so that a provider gets what is pressed. */
  alone?: boolean
  /** Boxes are rented in it. */
  rents?: boolean
  /** What the operator has set in a run with it: assignments of public.settings. */
  settings?: string
  /** Messages from the database may be missing for good because of it. */
  mayMute?: boolean
}

const between = (random: Random, low: number, high: number) => low + pick(random, high - low + 1)
const choose = <T extends string | number>(random: Random, list: readonly [T, ...T[]]): T =>
  oneOf(random, list) ?? list[0]
const box = (random: Random) => ({ box: pick(random, 2) })
const hold = (random: Random, low: number, high: number) => ({ forMs: between(random, low, high) })

export const lines = ['wire', 'api', 'control', 'comfy', 'page', 'sockets'] as const

/** What a browser or a box asks of the server whose answer can be lost. */
const calls = ['worker.claim', 'worker.uploads', 'worker.complete', 'worker.fail', 'worker.release'] as const
/** What a line may deliver a second time. */
const repeatable = [
  ...calls,
  'worker.complete',
  'worker.complete',
  'report_progress',
  'forge.create',
  'forge.cancel',
] as const
const storageDoors = ['upload', 'download', 'read', 'keep', 'sign', 'remove'] as const

/** A provider renders beside the boxes, and one that failed often is tried again soon. */
const asked = 'provider_fallback = true, fallback_always = true, fallback_pause_s = 1'
/** What an image that went to a provider may end by. */
const providerEnds = [
  'ENGINE_ERROR',
  'ENGINE_UNREACHABLE',
  'STAGE_TIMEOUT',
  'OUTPUT_EMPTY',
  'OUTPUT_CORRUPT',
  'PROVIDER_REFUSED',
  'WORKER_LOST',
] as const
const troubles = [
  'throttled',
  'throttled in words',
  'create 500',
  'create 500, taken',
  'create 503, taken',
  'create cut',
  'create cut, taken',
  'look 500',
  'look 429',
  'list 500',
  'list blind',
  'late',
  'hangs',
  'fails',
  'out of memory',
  'filter',
  'blank',
  'corrupt',
  'no output',
  'output 404',
  'output 500',
] as const
export type Trouble = (typeof troubles)[number]

/** One box at least is rented, two at most, and given back as soon as there is nothing to do. */
const renting =
  'capacity_min = 1, capacity_max = 2, capacity_hourly_usd = null, capacity_idle_s = 1, capacity_cool_s = 0'
const rent = { ids: ['D18'], alone: true, rents: true, settings: renting, mayEnd: ['WORKER_LOST'] } as const

/** Every fault that a plan can hold, the numbers of which come from its seed. */
export const faultKinds = {
  'worker-killed': {
    ids: ['A01'],
    weight: 5,
    draw: (random) => ({ ...box(random), downMs: between(random, 20, 700) }),
  },
  'worker-killed-before-complete': { ids: ['A02'], weight: 3, draw: box },
  'worker-killed-in-complete': { ids: ['A03'], weight: 3, draw: box },
  'answer-lost': {
    ids: ['A03'],
    weight: 5,
    draw: (random) => ({ ...box(random), call: choose(random, calls), times: between(random, 1, 3) }),
    mayEnd: ['WORKER_LOST'],
  },
  'worker-frozen': {
    ids: ['A04'],
    weight: 2,
    draw: (random) => ({ ...box(random), ...hold(random, 2_200, 2_900) }),
  },
  'late-writes': {
    ids: ['A04'],
    weight: 4,
    draw: (random) => ({
      ...box(random),
      call: choose(random, ['worker.complete', 'worker.complete', 'worker.fail', 'report_progress']),
      when: choose(random, ['taken', 'taken', 'queued']),
      again: random() < 0.5,
    }),
    mayEnd: ['WORKER_LOST', 'ENGINE_ERROR'],
  },
  'requests-repeated': {
    ids: ['A03'],
    weight: 4,
    draw: (random) => ({
      ...box(random),
      call: choose(random, repeatable),
      times: between(random, 1, 3),
      afterMs: choose(random, [0, 300, 900]),
    }),
    mayEnd: ['WORKER_LOST'],
  },
  'worker-told-to-stop': { ids: ['A05'], weight: 3, draw: box },
  'worker-killed-again-and-again': {
    ids: ['A06'],
    weight: 2,
    draw: (random) => ({ ...box(random), times: between(random, 2, 4), everyMs: between(random, 150, 500) }),
    mayEnd: ['WORKER_LOST'],
  },
  // From the beginning, so that it meets the press that it is for.
  poison: { ids: ['A20'], weight: 1, draw: () => ({ atMs: 0 }), mayEnd: ['WORKER_LOST'] },
  'disk-full': {
    ids: ['A14'],
    weight: 2,
    draw: (random) => ({ ...box(random), ...hold(random, 300, 1_200) }),
    mayExit: ['worker'],
  },
  'clock-wrong': {
    ids: ['A17'],
    weight: 2,
    draw: (random) => ({ ...box(random), ...hold(random, 500, 1_500), ms: choose(random, [7_200_000, -7_200_000]) }),
  },
  'snapshot-restored': {
    ids: ['A18'],
    weight: 1,
    draw: (random) => ({ ...box(random), ...hold(random, 1_200, 2_600) }),
  },
  'engine-killed': {
    ids: ['A07'],
    weight: 3,
    draw: (random) => ({ ...box(random), downMs: between(random, 20, 900) }),
    mayEnd: ['ENGINE_UNREACHABLE'],
  },
  'engine-frozen': {
    ids: ['A08'],
    weight: 2,
    draw: (random) => ({ ...box(random), ...hold(random, 500, 1_800) }),
  },
  'engine-hangs': {
    ids: ['A08'],
    weight: 2,
    draw: (random) => ({ ...box(random), fault: 'hang', step: between(random, 1, 4), deaf: random() < 0.3 }),
    mayEnd: ['STAGE_TIMEOUT'],
    mayExit: ['worker', 'engine'],
  },
  'engine-out-of-memory': {
    ids: ['A09'],
    weight: 2,
    draw: (random) => ({ ...box(random), fault: 'oom', step: between(random, 1, 4), count: between(random, 1, 3) }),
    mayEnd: ['OUT_OF_MEMORY'],
  },
  'engine-socket-fails': {
    ids: ['A10'],
    weight: 3,
    draw: (random) => ({ ...box(random), fault: choose(random, ['close', 'mute', 'orphan']), after: pick(random, 8) }),
  },
  'engine-empty': {
    ids: ['A11'],
    weight: 1,
    draw: (random) => ({ ...box(random), fault: 'empty-output', count: between(random, 1, 3) }),
    mayEnd: ['OUTPUT_EMPTY'],
  },
  'engine-corrupt': {
    ids: ['A12'],
    weight: 1,
    draw: (random) => ({
      ...box(random),
      fault: choose(random, ['truncated-output', 'black-output', 'missing-view']),
      count: between(random, 1, 3),
    }),
    mayEnd: ['OUTPUT_CORRUPT', 'OUTPUT_EMPTY', 'ENGINE_UNREACHABLE', 'ENGINE_ERROR'],
  },
  'engine-late': {
    ids: ['A13'],
    weight: 2,
    draw: (random) => ({
      ...box(random),
      fault: choose(random, ['stall', 'answer-late', 'history-lag', 'slow-view', 'deaf-end']),
      ms: between(random, 100, 700),
    }),
  },
  'engine-refuses': {
    ids: ['A15'],
    weight: 2,
    draw: (random) => ({
      ...box(random),
      fault: choose(random, ['reject', 'drop-reply', 'runtime-error', 'partly-accepted']),
      count: between(random, 1, 2),
    }),
    mayEnd: ['ENGINE_ERROR', 'ENGINE_UNREACHABLE', 'GRAPH_INVALID', 'MODEL_MISSING'],
  },
  'model-missing': {
    ids: ['A15'],
    weight: 1,
    draw: (random) => ({ ...box(random), fault: 'missing-model', file: 'flux1-schnell.safetensors' }),
    mayEnd: ['MODEL_MISSING'],
  },
  'server-killed': { ids: ['D18'], weight: 3, draw: (random) => ({ downMs: between(random, 20, 600) }) },
  'server-frozen': { ids: ['D18'], weight: 2, draw: (random) => hold(random, 300, 1_500) },
  'server-told-to-stop': { ids: ['D18'], weight: 2, draw: () => ({}) },
  'api-killed': { ids: ['C01'], weight: 2, draw: (random) => ({ downMs: between(random, 20, 500) }), mayMute: false },
  'postgres-restarted': {
    ids: ['B01', 'B02'],
    weight: 2,
    draw: (random) => ({ how: choose(random, ['fast', 'immediate']), downMs: between(random, 0, 500) }),
  },
  'backends-terminated': {
    ids: ['B03'],
    weight: 3,
    draw: (random) => ({ ...hold(random, 400, 1_500), everyMs: between(random, 60, 250) }),
  },
  'connections-exhausted': { ids: ['B04'], weight: 1, draw: (random) => hold(random, 400, 1_200) },
  'transaction-idle': {
    ids: ['B05'],
    weight: 2,
    draw: (random) => ({ ...hold(random, 400, 1_500), locks: choose(random, ['nothing', 'accounts', 'queue_lanes']) }),
  },
  'line-frozen': {
    ids: ['B06'],
    weight: 4,
    draw: (random) => ({ ...box(random), ...hold(random, 300, 1_600), line: choose(random, lines) }),
  },
  'line-cut': {
    ids: ['B06'],
    weight: 4,
    draw: (random) => ({ ...box(random), ...hold(random, 100, 1_200), line: choose(random, lines) }),
  },
  'line-slow': {
    ids: ['C08'],
    weight: 3,
    draw: (random) => ({
      ...box(random),
      ...hold(random, 500, 1_500),
      line: choose(random, lines),
      latencyMs: between(random, 20, 400),
    }),
  },
  'commits-unheard': {
    ids: ['B09'],
    weight: 3,
    draw: (random) => ({ line: choose(random, ['api', 'page']), times: between(random, 1, 6) }),
    mayEnd: ['WORKER_LOST'],
  },
  'transactions-refused': {
    ids: ['B09'],
    weight: 3,
    draw: (random) => ({
      state: choose(random, ['40P01', '40001', '53300']),
      table: choose(random, ['jobs', 'ledger', 'job_attempts', 'assets', 'queue_lanes']),
      times: between(random, 1, 5),
    }),
    mayEnd: ['WORKER_LOST'],
  },
  'sockets-lost': { ids: ['C01', 'C07'], weight: 3, draw: (random) => hold(random, 300, 1_500) },
  'doorbell-lost': { ids: ['C01'], weight: 2, draw: (random) => hold(random, 300, 1_500) },
  'messages-mangled': {
    ids: ['C02'],
    weight: 3,
    draw: (random) => ({ ...hold(random, 800, 2_000), salt: pick(random, 1_000_000) }),
  },
  'subscribed-late': { ids: ['C03'], weight: 2, draw: (random) => ({ ...hold(random, 600, 1_500), latencyMs: 250 }) },
  'token-expired': { ids: ['C04'], weight: 2, draw: (random) => hold(random, 800, 1_800) },
  'messages-refused': { ids: ['C05'], weight: 2, draw: (random) => hold(random, 300, 1_500), mayMute: true },
  reload: { ids: ['C09'], weight: 2, draw: () => ({}) },
  background: { ids: ['C10'], weight: 2, draw: (random) => hold(random, 500, 2_000) },
  'cap-reached': { ids: ['D14'], weight: 2, draw: (random) => hold(random, 300, 1_200) },
  'one-at-once': { ids: ['D15'], weight: 2, draw: (random) => hold(random, 800, 2_000) },
  'storage-fails': {
    ids: ['F10'],
    weight: 6,
    draw: (random) => ({
      door: choose(random, storageDoors),
      act: choose(random, ['refuse', 'refuse', 'stall', 'half', 'lose', 'cut']),
      status: choose(random, [500, 503, 403]),
      times: between(random, 1, 4),
      ms: between(random, 200, 1_200),
    }),
    mayEnd: ['INPUT_UNREADABLE', 'UPLOAD_FAILED'],
  },
  'provider-fails': {
    ids: ['D17'],
    weight: 5,
    draw: (random) => ({ what: choose(random, troubles), times: between(random, 1, 3) }),
    mayEnd: providerEnds,
    settings: asked,
    alone: true,
  },
  'provider-killed': {
    ids: ['D17'],
    weight: 1,
    draw: (random) => ({ downMs: between(random, 20, 500) }),
    mayEnd: providerEnds,
    settings: asked,
  },
  'provider-killed-in-create': {
    ids: ['D17'],
    weight: 2,
    draw: () => ({}),
    mayEnd: providerEnds,
    settings: asked,
    alone: true,
  },
  'provider-frozen': {
    ids: ['D17'],
    weight: 1,
    draw: (random) => hold(random, 2_200, 2_900),
    mayEnd: providerEnds,
    settings: asked,
  },
  'provider-away': {
    ids: ['D17'],
    weight: 2,
    draw: (random) => ({
      ...hold(random, 300, 1_500),
      line: choose(random, ['remote', 'remote', 'control']),
      how: choose(random, ['freeze', 'cut']),
    }),
    mayEnd: providerEnds,
    settings: asked,
  },
  'gpus-silent': {
    ids: ['D16'],
    weight: 3,
    draw: (random) => hold(random, 2_500, 3_500),
    mayEnd: providerEnds,
    settings: 'provider_fallback = true, fallback_silence_s = 1, fallback_pause_s = 1',
  },
  'rent-fails': {
    ...rent,
    weight: 2,
    draw: (random) => ({
      operation: choose(random, ['create', 'run', 'run', 'list', 'status', 'delete', 'cancel', 'catalog']),
      how: choose(random, ['no_room', 'lost', 'lost', '401', '429', '500']),
      times: between(random, 1, 3),
    }),
  },
  'rented-box-ends': {
    ...rent,
    weight: 1,
    draw: (random) => ({ fate: choose(random, ['stuck', 'blind', 'vanish', 'twice']), times: between(random, 1, 2) }),
  },
  'rented-box-killed': { ...rent, weight: 1, draw: () => ({}) },
  'rent-away': {
    ...rent,
    weight: 1,
    draw: (random) => ({ ...hold(random, 500, 2_500), how: choose(random, ['freeze', 'cut']) }),
  },
} as const satisfies Readonly<Record<string, Spec>>

export type FaultKind = keyof typeof faultKinds
export const allKinds = Object.keys(faultKinds) as FaultKind[]

/** What is known of a kind, with everything optional spelled out. */
export function specOf(kind: FaultKind): Spec {
  return faultKinds[kind]
}
