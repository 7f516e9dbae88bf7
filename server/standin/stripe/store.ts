import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'

/** Any object of the API: what Stripe would answer, as JSON. */
export type StripeObject = { id: string; object: string; created: number; [name: string]: unknown }

const stripeObject = z.looseObject({ id: z.string(), object: z.string(), created: z.number() })

const saved = z.object({
  objects: z.array(stripeObject),
  /** The first answer to each idempotency key. */
  answers: z.record(
    z.string(),
    z.object({ request: z.string(), status: z.number(), body: z.unknown(), at: z.number() }),
  ),
  /** Events that nobody has taken yet; `due` in ms since 1970. */
  deliveries: z.array(z.object({ event: z.string(), tries: z.number(), due: z.number() })),
  /** Delayed payments under way. */
  settlements: z.array(z.object({ session: z.string(), pays: z.boolean(), due: z.number() })),
})
export type Saved = z.infer<typeof saved>

const empty: Saved = { objects: [], answers: {}, deliveries: [], settlements: [] }

/** Everything the stand-in knows, written to `file` (if any) after every change, so that a restart loses nothing. */
export class Store {
  readonly state: Saved
  private readonly file: string | null

  constructor(file: string | null) {
    this.file = file
    this.state = file === null ? structuredClone(empty) : load(file)
  }

  id(prefix: string): string {
    return `${prefix}_${randomBytes(12).toString('hex')}`
  }

  add(object: StripeObject): StripeObject {
    this.state.objects.push(object)
    return object
  }

  get(kind: string, id: string): StripeObject | null {
    return this.state.objects.find((object) => object.object === kind && object.id === id) ?? null
  }

  /** Of one kind, newest first. */
  list(kind: string, matches: (object: StripeObject) => boolean = () => true): StripeObject[] {
    return this.state.objects.filter((object) => object.object === kind && matches(object)).toReversed()
  }

  remove(id: string): void {
    this.state.objects.splice(0, this.state.objects.length, ...this.state.objects.filter((one) => one.id !== id))
  }

  save(): void {
    if (this.file === null) return
    mkdirSync(path.dirname(this.file), { recursive: true })
    const next = `${this.file}.next`
    writeFileSync(next, JSON.stringify(this.state), { mode: 0o600 })
    renameSync(next, this.file)
  }
}

function load(file: string): Saved {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return structuredClone(empty)
  }
  return saved.parse(JSON.parse(text))
}
