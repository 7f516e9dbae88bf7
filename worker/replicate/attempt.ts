import type { ClaimedJob } from '#shared/worker/schema.ts'
import type { Variant } from '#shared/workflows/manifest.ts'
import type { ProviderOffer } from '#shared/workflows/provider.ts'
import type { Template } from '#worker/core/bind-graph.ts'
import { JobFailure } from '#worker/core/job-failure.ts'
import { composeRepaint } from '#worker/images/repaint.ts'
import type { BackendAttempt, Emit, Prepared, Rendered } from '#worker/jobs/backend.ts'
import { fetchInputs, type JobFiles } from '#worker/jobs/fetch-inputs.ts'
import { JobStop } from '#worker/jobs/job-stop.ts'
import { isTerminal, type Prediction, type UploadedFile } from './api.ts'
import { createOnce, lookForLost } from './begin.ts'
import { billed, priceOf } from './billing.ts'
import { classifyCall, classifyEnd } from './classify.ts'
import { createCostBook, type CostBook } from './cost-book.ts'
import { endUnwanted } from './end-unwanted.ts'
import { follow } from './follow.ts'
import { makeInput, type ModelInput } from './make-input.ts'
import type { ReplicateParts } from './parts.ts'
import { prepareImages } from './prepare-images.ts'
import { createRemoteNotes, type RemoteNotes } from './remote-notes.ts'
import { ReplicateError } from './replicate-error.ts'
import { loggedTotal, showProgress } from './show-progress.ts'
import { outputUrl, takeOutput, toSize } from './take-output.ts'

/** The door stays shut this long after the account was refused; a limit says itself how long. */
const closedMs = 5 * 60_000

export type Run = ReplicateParts & {
  job: ClaimedJob
  notes: RemoteNotes
  costs: CostBook
  /** Set by the last look: what it is at, and whether that is the end. */
  seen: Prediction | null
  /** A create is under way or was not answered. */
  isPosting: boolean
  files: (signal: AbortSignal) => Promise<JobFiles>
  uploaded: UploadedFile[]
}

type Made = { offer: ProviderOffer; variant: Variant }

async function uploadInputs(run: Run, { offer, variant }: Made, signal: AbortSignal): Promise<ModelInput> {
  const { client, job, loraUrl } = run
  const { images, mask, aspect } = await prepareImages(await run.files(signal), { offer, variant, job })
  const send = async (name: string, bytes: Uint8Array) => {
    const file = await client.upload({ name, bytes, mime: 'image/png' }, signal)
    run.uploaded.push(file)
    return file.urls.get
  }
  const [urls, maskUrl] = await Promise.all([
    Promise.all(images.map(({ name, bytes }) => send(name, bytes))),
    mask && send('mask.png', mask),
  ])
  const files = { images: images.map(({ role }, at) => ({ role, url: urls[at] ?? '' })), mask: maskUrl }
  return makeInput(offer, job.spec, { files, aspect, loraUrl })
}

/** Says where it will be found, then creates it. Throws `ReplicateError`. */
async function begin(run: Run, { offer, variant }: Made, signal: AbortSignal): Promise<Prediction> {
  const { client, job, notes, times } = run
  const input = await uploadInputs(run, { offer, variant }, signal)
  const marker = run.uploaded[0]?.urls.get ?? null
  const postedAt = Date.now()
  // A throttled create is repeated, so its deadline may begin later.
  const until = postedAt + offer.deadlineS * 1_000 + times.throttleMs
  const kept = { postedAt: new Date(postedAt).toISOString(), deadline: new Date(until).toISOString() }
  await notes.note({ ...kept, marker, id: null, paidEpoch: job.epoch }, signal)
  run.costs.turn()
  run.isPosting = true
  const lost = { model: offer.model, input, marker, postedAt }
  const made = await createOnce(
    client,
    { model: offer.model, input, deadlineS: offer.deadlineS, lost, until },
    times,
    signal,
  ).catch((error: unknown) => {
    // Refused, so nothing of it runs and nothing is paid.
    if (error instanceof ReplicateError && error.kind !== 'lost') run.isPosting = false
    throw error
  })
  if (made === null) {
    run.isPosting = false
    throw new JobFailure('engine-away', 'a create was not answered and made nothing')
  }
  run.seen = made
  await notes.note({ id: made.id }, signal)
  run.isPosting = false
  return made
}

/** What was asked for by words alone: all that such a create can be known by. */
function withoutImages({ job, loraUrl }: Run, { offer }: Made): ModelInput {
  const { aspect } = job.spec.params
  const files = { images: [], mask: null }
  return makeInput(offer, job.spec, { files, aspect: typeof aspect === 'number' ? aspect : 1, loraUrl })
}

/** What an earlier attempt, or this one before a crash, had begun; null when nothing of it can give an image any more. */
async function takeUp(run: Run, made: Made, signal: AbortSignal): Promise<Prediction | null> {
  const { offer } = made
  const { client, notes, times } = run
  const { id, postedAt, deadline, marker } = notes.facts()
  if (id === undefined && postedAt === undefined) return null
  run.isPosting = id === undefined
  const known = async () => {
    if (id !== undefined) return client.get(id, signal)
    const until = Date.parse(deadline ?? postedAt ?? '')
    const input = marker === undefined ? withoutImages(run, made) : null
    const lost = { model: offer.model, input, marker: marker ?? null, postedAt: Date.parse(postedAt ?? '') }
    return lookForLost(client, { lost, until, lookMs: times.lookMs }, signal)
  }
  const found = await known().catch((error: unknown) => {
    if (error instanceof ReplicateError && error.kind === 'gone') return null
    throw error
  })
  run.isPosting = false
  run.seen = found
  if (found && (!isTerminal(found) || (found.status === 'succeeded' && found.data_removed !== true))) {
    if (id === undefined) await notes.note({ id: found.id }, signal)
    return found
  }
  if (found) await bookEnd(run, { offer }, found, signal)
  await notes.forget(signal)
  return null
}

async function bookEnd(run: Run, { offer }: Pick<Made, 'offer'>, end: Prediction, signal: AbortSignal): Promise<void> {
  const { costs, times, job } = run
  const booking = costs.book(billed(end, priceOf(offer, job)), times.bookMs)
  // The books are caught up with in `abandon` when the attempt is stopped meanwhile.
  const stopped = Promise.withResolvers<never>()
  const onAbort = () => stopped.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  await Promise.race([booking, stopped.promise]).finally(() => signal.removeEventListener('abort', onAbort))
}

async function finish(run: Run, end: Prediction, signal: AbortSignal): Promise<Rendered> {
  const { job, apiUrl } = run
  if (end.status !== 'succeeded') throw classifyEnd(end, job.remote)
  if (end.data_removed === true) throw new JobFailure('provider-expired', `the output of ${end.id} has expired`)
  const picture = await takeOutput(outputUrl(end.output, apiUrl), signal)
  const { repaint } = job.mask === null ? { repaint: null } : await run.files(signal)
  const final = repaint ? await composeRepaint(repaint, await toSize(picture, repaint.work)) : picture
  const { width, height } = repaint ? repaint.work : picture
  const gpuMs = (end.metrics?.predict_time ?? 0) * 1_000
  return { picture: final, pixels: final, width, height, gpuMs, smaller: false }
}

async function render(run: Run, made: Made, emit: Emit, signal: AbortSignal): Promise<Rendered> {
  const { client, notes, times } = run
  const { offer, variant } = made
  emit.progress({ stage: 'loading', step: 0, steps: variant.steps, progress: 0 })
  const begun = (await takeUp(run, made, signal)) ?? (await begin(run, made, signal))
  // It runs elsewhere: this process may begin another.
  emit.freed()
  const input = (begun.input ?? {}) as ModelInput
  const total = loggedTotal(offer, input)
  let since = Date.now()
  let shown = 0
  const end = await follow(
    client,
    {
      id: begun.id,
      deadline: Date.parse(notes.facts().deadline ?? '') || Date.now() + offer.deadlineS * 1_000,
      times,
      onUpdate(seen) {
        if (seen.status === 'starting') since = Date.now()
        run.seen = seen
        const progress = showProgress(seen, { offer, variant, total, runningMs: Date.now() - since })
        shown = Math.max(shown, progress.progress)
        if (!isTerminal(seen)) emit.progress({ ...progress, progress: shown })
      },
    },
    signal,
  )
  // The output is gone in an hour, and a server that is away must not cost it.
  const [rendered] = await Promise.all([finish(run, end, signal), bookEnd(run, made, end, signal)])
  return rendered
}

/** What a failure of the provider means for the row and for further claims. */
async function heed(run: Run, error: unknown, signal: AbortSignal): Promise<unknown> {
  const { notes, door, log, job } = run
  if (error instanceof ReplicateError && ['throttled', 'denied', 'unpaid'].includes(error.kind)) {
    door.closedUntil = Date.now() + (error.kind === 'throttled' ? error.retryAfterMs : closedMs)
    door.why = error.message
    if (error.kind !== 'throttled')
      log.error({ kind: error.kind }, 'the provider refuses the account: nothing is claimed')
  }
  const failure = error instanceof ReplicateError ? classifyCall(error, job.remote) : error
  if (!(failure instanceof JobFailure) || signal.aborted) return failure
  const isRefused = failure.fault === 'provider-refused'
  const isEnded = run.seen !== null && isTerminal(run.seen)
  if (isRefused) await notes.note({ refused: true }, signal).catch(() => {})
  if (isEnded || !run.seen) await notes.forget(signal).catch(() => {})
  return failure
}

/** One attempt at the provider. Whatever an earlier one has begun there is taken up before anything new is paid. */
export function openReplicateAttempt(parts: ReplicateParts, job: ClaimedJob): BackendAttempt {
  let fetched: Promise<JobFiles> | undefined
  const run: Run = {
    ...parts,
    job,
    notes: createRemoteNotes(parts, job),
    costs: createCostBook(parts, job),
    seen: null,
    isPosting: false,
    files: (signal) => (fetched ??= fetchInputs(job, signal)),
    uploaded: [],
  }
  const offer = parts.offers.get(`${job.mode}/${job.variant}`)
  let isLeft = false
  return {
    async prepare(template: Template, signal): Promise<Prepared> {
      if (!offer) throw new JobFailure('template-unknown', `no offer for ${job.mode}/${job.variant}`)
      const made = { offer, variant: template.variant }
      const { id, postedAt } = run.notes.facts()
      if (id === undefined && postedAt === undefined) await run.files(signal)
      return {
        run: (emit, runSignal) =>
          render(run, made, emit, runSignal).catch(async (error: unknown) => {
            throw await heed(run, error, runSignal)
          }),
      }
    },
    async abandon(cause) {
      // This process goes away and another takes the picture: it is paid whether it is wanted or not.
      isLeft = cause instanceof JobStop && cause.kind === 'release'
      if (offer) await endUnwanted(run, { usdMicros: priceOf(offer, job), model: offer.model, isLeft })
    },
    async forget() {},
    async close() {
      if (isLeft) return
      const signal = AbortSignal.timeout(parts.times.endMs)
      await Promise.all(run.uploaded.map(({ id }) => parts.client.remove(id, signal).catch(() => {})))
    },
  }
}
