import { pick } from '#supabase/tests/soak/random.ts'
import { between, box, choose, type FaultSpec, hold } from './fault-spec.ts'
import { outsideKinds } from './outside-kinds.ts'

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
    mayEnd: ['WORKER_LOST', 'ENGINE_ERROR'],
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
  ...outsideKinds,
} as const satisfies Readonly<Record<string, FaultSpec>>

export type FaultKind = keyof typeof faultKinds
export const allKinds = Object.keys(faultKinds) as FaultKind[]

/** What is known of a kind, with everything optional spelled out. */
export function specOf(kind: FaultKind): FaultSpec {
  return faultKinds[kind]
}
