/** Calls that can be made to fail. */
export const operations = ['create', 'list', 'get', 'delete', 'catalog', 'run', 'status', 'cancel', 'health'] as const
export type Operation = (typeof operations)[number]

/**
 * `no_room` 400, `lost`: done, and the answer never arrives (a gateway's 504), `stale`: a list as it was at the last one.
 * A number is that status without any effect.
 */
export const faultKinds = ['no_room', 'lost', 'stale', 401, 402, 403, 422, 429, 500] as const
export type FaultKind = (typeof faultKinds)[number]

/** What becomes of the next box: never healthy, no GPU, gone after a while, or made twice. */
export const fates = ['stuck', 'blind', 'vanish', 'twice'] as const
export type Fate = (typeof fates)[number]

type Waiting = { operation: Operation; kind: FaultKind; times: number; gpu: string | null }

export type Faults = {
  /** The next `times` calls of that kind fail; with `gpu` only creates of that type. */
  fail: (operation: Operation, kind: FaultKind, options?: { times?: number; gpu?: string }) => void
  /** Makes the next `times` boxes end badly. */
  doom: (fate: Fate, times?: number) => void
  takeFault: (operation: Operation, gpu?: string) => FaultKind | null
  takeFate: () => Fate | null
  clear: () => void
}

export function createFaults(): Faults {
  let waiting: Waiting[] = []
  let doomed: Fate[] = []
  return {
    fail(operation, kind, { times = 1, gpu } = {}) {
      waiting.push({ operation, kind, times, gpu: gpu ?? null })
    },
    doom(fate, times = 1) {
      doomed.push(...Array.from({ length: times }, () => fate))
    },
    takeFault(operation, gpu) {
      const found = waiting.find((one) => one.operation === operation && (one.gpu === null || one.gpu === gpu))
      if (found === undefined) return null
      found.times -= 1
      if (found.times <= 0) waiting = waiting.filter((one) => one !== found)
      return found.kind
    },
    takeFate: () => doomed.shift() ?? null,
    clear() {
      waiting = []
      doomed = []
    },
  }
}
