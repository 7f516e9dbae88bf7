import type { InputRole } from '#shared/jobs/rules.ts'
import type { CreateInput } from '#shared/jobs/schema.ts'
import type { PressBody } from './core/request.ts'

type Rest = Omit<CreateInput, 'requestId' | 'inputs' | 'mask' | 'seed'> & { seed: string }

/** A press as it can be written down: images of the bench by their keys, since they lie on disk by themselves. */
export type KeptRequest = Rest & {
  pictures:
    | { kind: 'slots'; mode: string; mask: boolean; slots: { role: InputRole; weight: number; key: string }[] }
    | ({ kind: 'assets' } & Pick<CreateInput, 'inputs' | 'mask'>)
}

/** A press of this tab that is on its way. `body` and `owner` are there from the moment it is sent. */
export type KeptPress = {
  requestId: string
  /** When it was pressed, ms since 1970. */
  at: number
  request: KeptRequest
  /** What stood on the bench was pressed, so that its settings become the last ones used. */
  used: boolean
  body: PressBody | null
  owner: string | null
}

const key = 'forge-kept-press'

/** Kept for this tab alone, where a reload finds it and no other tab does. Written at once; a browser may refuse. */
export function keepPress(press: KeptPress | null): void {
  try {
    if (press) sessionStorage.setItem(key, JSON.stringify(press))
    else sessionStorage.removeItem(key)
  } catch {
    // Storage is full or off: the press lives as long as the page.
  }
}

function read(): KeptPress | null {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? 'null') as KeptPress | null
  } catch {
    return null
  }
}

let left = read()

/** The press that the page before this one, in this tab, did not live to see answered; null after the first asking. */
export function takeLeftPress(): KeptPress | null {
  const taken = left
  left = null
  return taken
}
