import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { Faults } from './faults.ts'
import { models } from './models.ts'
import { paint, paintBlank, type Brief } from './paint.ts'

export type ProviderOptions = { stepMs: number; startMs: number }

type Status = 'starting' | 'processing' | 'succeeded' | 'failed' | 'canceled' | 'aborted'

/** One prediction and when things happen to it, milliseconds of the stand-in's clock. */
type Held = {
  id: string
  model: string
  input: Record<string, unknown>
  createdAt: number
  startsAt: number
  stepMs: number
  steps: number
  /** It stays at this step until it is stopped. */
  hangsAt: number | null
  deadline: number | null
  canceledAt: number | null
  ending: 'image' | 'blank' | 'corrupt' | 'none' | { error: string } | { url: string }
}

const keptMs = 3_600_000
const settings = z.looseObject({
  prompt: z.string().default(''),
  seed: z.number().default(0),
  num_inference_steps: z.number().optional(),
  prompt_strength: z.number().default(0.8),
  aspect_ratio: z.string().default('1:1'),
  image: z.string().optional(),
  mask: z.string().optional(),
  input_images: z.array(z.string()).default([]),
})

/** Everything the stand-in knows. Where a prediction stands follows from the clock: nothing runs in between. */
export class StandinProvider {
  readonly faults = new Faults()
  readonly files = new Map<string, Uint8Array>()
  /** Every create that was taken, first to last. */
  readonly predictions: Held[] = []
  private readonly options: ProviderOptions
  private skewMs = 0
  private blindLooks = 0

  constructor(options: ProviderOptions) {
    this.options = options
  }

  now(): number {
    return Date.now() + this.skewMs
  }

  /** Lets time pass: outputs are gone after an hour. */
  pass(ms: number): void {
    this.skewMs += ms
  }

  /** Ends the blindness of the list. */
  show(): void {
    this.blindLooks = 0
  }

  create(model: string, input: Record<string, unknown>, deadlineMs: number | null): Held {
    const { faults, options } = this
    const createdAt = this.now()
    const { num_inference_steps: steps = 28, prompt_strength: strength, image } = settings.parse(input)
    const slow = faults.take('slow-start')
    const hang = faults.take('hang')
    const held: Held = {
      id: randomBytes(13).toString('hex'),
      model,
      input,
      createdAt,
      startsAt: createdAt + (slow?.ms ?? options.startMs),
      stepMs: options.stepMs,
      steps: image === undefined ? steps : Math.max(1, steps - Math.floor((1 - strength) * steps)),
      hangsAt: hang?.step ?? null,
      deadline: deadlineMs === null ? null : createdAt + deadlineMs,
      canceledAt: null,
      ending: this.takeEnding(),
    }
    this.predictions.push(held)
    this.blindLooks = faults.take('list-blind')?.looks ?? this.blindLooks
    return held
  }

  private takeEnding(): Held['ending'] {
    const { faults } = this
    const failure = faults.take('fail')
    if (failure) return { error: failure.error }
    if (faults.take('nsfw')) return { error: 'NSFW content detected. Try running it again, or try a different prompt.' }
    if (faults.take('blank')) return 'blank'
    if (faults.take('corrupt')) return 'corrupt'
    if (faults.take('no-output')) return 'none'
    const elsewhere = faults.take('output-host')
    return elsewhere ? { url: elsewhere.url } : 'image'
  }

  find(id: string): Held | undefined {
    return this.predictions.find((held) => held.id === id)
  }

  /** Newest first; empty while a fault hides what is new. */
  list(): Held[] {
    if (this.blindLooks > 0) {
      this.blindLooks -= 1
      return []
    }
    return this.predictions.toReversed()
  }

  private endsAt(held: Held): number {
    return held.hangsAt === null ? held.startsAt + held.steps * held.stepMs : Number.POSITIVE_INFINITY
  }

  status(held: Held): Status {
    const now = this.now()
    const stoppedAt = Math.min(held.canceledAt ?? Number.POSITIVE_INFINITY, held.deadline ?? Number.POSITIVE_INFINITY)
    if (stoppedAt <= now && stoppedAt < this.endsAt(held)) {
      return stoppedAt <= held.startsAt && held.canceledAt === null ? 'aborted' : 'canceled'
    }
    if (now < held.startsAt) return 'starting'
    if (now < this.endsAt(held)) return 'processing'
    return typeof held.ending === 'object' && 'error' in held.ending ? 'failed' : 'succeeded'
  }

  private logsOf(held: Held): string {
    const log = models[held.model]?.log ?? 'none'
    const done = Math.max(
      0,
      Math.min(held.hangsAt ?? held.steps, Math.floor((this.now() - held.startsAt) / Math.max(1, held.stepMs))),
    )
    if (log === 'none' || done === 0) return ''
    const lines = Array.from({ length: done }, (_, at) =>
      log === 'counter'
        ? `${at + 1}it [00:01, 10.10it/s]`
        : `${Math.round((100 * (at + 1)) / held.steps)}%|████      | ${at + 1}/${held.steps} [00:01<00:01, 10.10it/s]`,
    )
    return `Using seed: 1\n${lines.join('\r')}\n`
  }

  /** As the API shows it; `base` is where outputs are served. */
  view(held: Held, base: string): Record<string, unknown> {
    const status = this.status(held)
    const isOver = status !== 'starting' && status !== 'processing'
    const removed = isOver && this.now() > held.createdAt + keptMs
    const url =
      typeof held.ending === 'object' && 'url' in held.ending ? held.ending.url : `${base}/output/${held.id}.png`
    const made = held.ending === 'none' ? [] : models[held.model]?.output === 'one' ? url : [url]
    const started = status !== 'starting' && status !== 'aborted' && this.now() >= held.startsAt
    return {
      id: held.id,
      model: held.model,
      version: 'hidden',
      status,
      input: removed ? {} : held.input,
      output: status === 'succeeded' && !removed ? made : null,
      error:
        typeof held.ending === 'object' && 'error' in held.ending && status === 'failed' ? held.ending.error : null,
      logs: removed ? '' : this.logsOf(held),
      data_removed: removed,
      created_at: new Date(held.createdAt).toISOString(),
      started_at: started ? new Date(held.startsAt).toISOString() : null,
      completed_at: isOver ? new Date(this.now()).toISOString() : null,
      metrics: started && isOver ? { predict_time: (held.steps * held.stepMs) / 1_000 } : {},
      urls: { get: `${base}/v1/predictions/${held.id}`, cancel: `${base}/v1/predictions/${held.id}/cancel` },
    }
  }

  /** The picture; null once an hour has passed, or when there never was one. */
  async output(held: Held): Promise<Uint8Array | null> {
    if (this.status(held) !== 'succeeded' || this.now() > held.createdAt + keptMs) return null
    const {
      image,
      mask,
      input_images: list,
      prompt,
      seed,
      prompt_strength: strength,
      aspect_ratio: ratio,
    } = settings.parse(held.input)
    const bytesOf = (url: string) => this.files.get(url.split('/').at(-1) ?? '') ?? []
    const brief: Brief = {
      images: [...(image === undefined ? [] : [image]), ...list]
        .map(bytesOf)
        .filter((bytes) => bytes instanceof Uint8Array),
      mask: mask === undefined ? null : (this.files.get(mask.split('/').at(-1) ?? '') ?? null),
      prompt,
      seed,
      strength,
      ratio,
    }
    if (held.ending === 'blank') return paintBlank(brief)
    const png = await paint(brief)
    return held.ending === 'corrupt' ? png.subarray(0, Math.floor(png.length / 2)) : png
  }
}
