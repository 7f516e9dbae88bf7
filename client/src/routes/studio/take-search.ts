import { inputRoles } from '#shared/jobs/rules.ts'
import type { InputRole } from '#shared/jobs/rules.ts'

/**
 * What of a job comes to the bench: its picture, its settings, both, everything as it was (`exact`), or everything with
 * another seed (`branch`).
 */
export const takings = ['image', 'settings', 'both', 'exact', 'branch'] as const
export type Taking = (typeof takings)[number]

/** What is asked for, as it stands in an address: `?from=<job>&take=…&role=…`. */
export type TakeSearch = { from?: string; take?: Taking; role?: InputRole }

/** Reads the part of an address that asks for a job on the bench; anything else in it is no request. */
export function takeSearch({ from, take, role }: Record<string, unknown>): TakeSearch {
  const what = takings.find((one) => one === take)
  if (typeof from !== 'string' || !/^[0-9a-f-]{36}$/i.test(from) || !what) return {}
  const place = inputRoles.find((one) => one === role)
  return { from, take: what, ...(place ? { role: place } : {}) }
}
