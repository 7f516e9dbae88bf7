import { z } from 'zod'

/** What can be armed; each strikes once. `taken`: the prediction is made although nobody hears of it. */
export const standinFault = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('throttle'), seconds: z.number(), header: z.boolean().default(false) }),
  z.strictObject({
    kind: z.literal('create-status'),
    status: z.int().min(400).max(599),
    taken: z.boolean().default(false),
  }),
  /** The connection breaks without an answer. */
  z.strictObject({ kind: z.literal('create-cut'), taken: z.boolean() }),
  z.strictObject({ kind: z.literal('get-status'), status: z.int().min(400).max(599) }),
  z.strictObject({ kind: z.literal('list-status'), status: z.int().min(400).max(599) }),
  /** A created prediction that the list does not show yet, for so many looks. */
  z.strictObject({ kind: z.literal('list-blind'), looks: z.int().min(1) }),
  z.strictObject({ kind: z.literal('slow-start'), ms: z.int().min(0) }),
  /** Stays at this step until its deadline. */
  z.strictObject({ kind: z.literal('hang'), step: z.int().min(0) }),
  z.strictObject({ kind: z.literal('fail'), error: z.string() }),
  z.strictObject({ kind: z.literal('nsfw') }),
  z.strictObject({ kind: z.literal('blank') }),
  z.strictObject({ kind: z.literal('corrupt') }),
  z.strictObject({ kind: z.literal('no-output') }),
  z.strictObject({ kind: z.literal('output-host'), url: z.url() }),
  z.strictObject({ kind: z.literal('output-status'), status: z.int().min(400).max(599) }),
])
export type StandinFault = z.infer<typeof standinFault>

/** Armed faults in the order of their arming. */
export class Faults {
  private readonly armed: StandinFault[] = []

  arm(fault: StandinFault): void {
    this.armed.push(fault)
  }

  clear(): void {
    this.armed.length = 0
  }

  take<K extends StandinFault['kind']>(kind: K): Extract<StandinFault, { kind: K }> | null {
    const at = this.armed.findIndex((fault) => fault.kind === kind)
    const [taken] = at === -1 ? [] : this.armed.splice(at, 1)
    return (taken as Extract<StandinFault, { kind: K }> | undefined) ?? null
  }

  list(): readonly StandinFault[] {
    return this.armed
  }
}
