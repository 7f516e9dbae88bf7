import type { FailureCode } from '#shared/jobs/rules.ts'
import { oneOf, pick, type Random } from '#supabase/tests/soak/random.ts'

export type Params = Readonly<Record<string, number | string | boolean>>

export type FaultSpec = {
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

export const between = (random: Random, low: number, high: number) => low + pick(random, high - low + 1)
export const choose = <T extends string | number>(random: Random, list: readonly [T, ...T[]]): T =>
  oneOf(random, list) ?? list[0]
export const box = (random: Random) => ({ box: pick(random, 2) })
export const hold = (random: Random, low: number, high: number) => ({ forMs: between(random, low, high) })
