import { between, choose, type FaultSpec, hold } from './fault-spec.ts'

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

/** Faults of a provider, and of boxes that are rented. */
export const outsideKinds = {
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
} as const satisfies Readonly<Record<string, FaultSpec>>
