import type { ClaimedJob } from '#shared/worker/schema.ts'
import { runPrompt } from '#worker/comfy/run-prompt.ts'
import type { ScratchFolder } from '#worker/comfy/scratch.ts'
import { whenReachable } from '#worker/comfy/when-reachable.ts'
import type { Template } from '#worker/core/bind-graph.ts'
import { JobFailure } from '#worker/core/job-failure.ts'
import { memoryPlans, type MemoryPlan } from '#worker/core/memory-plans.ts'
import type { ImageRef } from '#worker/core/messages.ts'
import { promptIdOf } from '#worker/core/prompt-id.ts'
import { startProgress } from '#worker/core/read-progress.ts'
import { checkOutput } from '#worker/images/check-output.ts'
import { composeRepaint } from '#worker/images/repaint.ts'
import type { Raster } from '#worker/images/sharp.ts'
import { wait } from '#worker/wait.ts'
import type { BackendAttempt, Emit, Prepared, Rendered } from './backend.ts'
import type { ComfyParts } from './comfy-backend.ts'
import { bindTry, uploadFiles, type Uploaded } from './comfy-files.ts'
import { fetchInputs, type JobFiles } from './fetch-inputs.ts'

/** Times that ComfyUI may lose one attempt's prompt (by restarting) before the attempt is given up. */
const maxLosses = 1
/** More tries than any job has plans: what a former process may have posted at most. */
const maxTries = 4
/** A job between ComfyUI's queue and its history is in neither for a moment. */
const betweenMs = 100
/** After a time-out ComfyUI has had its time: it must end soon or it is stuck. Otherwise a load may still have to end. */
const timedOutMs = 30_000
const askMs = 3_000

type Run = ComfyParts & {
  job: ClaimedJob
  template: Template
  plans: readonly MemoryPlan[]
  folder: ScratchFolder
  files: () => Promise<JobFiles>
  /** What ComfyUI has of the files; undefined until they are needed, and after a restart of its own. */
  uploaded: Uploaded | undefined
  /** Prompt ids that ComfyUI may know. */
  begun: Set<string>
}

type Try = { index: number; attach: boolean }

/** Fetches a job's files when they are first needed, and keeps them for a further try of the same attempt. */
function lazyFiles(job: ClaimedJob, signal: AbortSignal): () => Promise<JobFiles> {
  let files: Promise<JobFiles> | undefined
  return () => (files ??= fetchInputs(job, signal))
}

async function upload(run: Run, signal: AbortSignal): Promise<Uploaded> {
  const { folder, times } = run
  run.uploaded ??= await uploadFiles(await run.files(), { folder, awayMs: times.awayMs }, signal)
  return run.uploaded
}

/** The latest try of a former process that ComfyUI still knows; null when it never posted one, or ComfyUI restarted. */
async function findTry({ job, plans, http, times }: Run, signal: AbortSignal): Promise<Try | null> {
  for (const pause of [betweenMs, 0]) {
    for (let index = plans.length - 1; index >= 0; index -= 1) {
      const promptId = promptIdOf({ job: job.id, epoch: job.epoch }, index)
      const known = await whenReachable(() => http.job(promptId, signal), times.awayMs, signal)
      if (known !== null) return { index, attach: true }
    }
    await wait(pause, signal)
  }
  return null
}

/** The result's bytes, checked; null when ComfyUI no longer has the file, which only a restart does. */
async function takeOutput({ http, times }: Run, image: ImageRef, signal: AbortSignal) {
  const view = () => whenReachable(() => http.view(image, signal), times.awayMs, signal)
  for (let attempt = 0; ; attempt += 1) {
    const png = await view()
    if (png === null) return null
    try {
      return { png, pixels: await checkOutput(png) }
    } catch (error) {
      // The file may be whole and only its way here broken: one more look before the attempt is lost.
      if (!(error instanceof JobFailure && error.fault === 'output-corrupt' && attempt === 0)) throw error
    }
  }
}

/** What is handed in: ComfyUI's picture, or what a mask lets it change of the work image. */
async function finishPicture({ job, files }: Run, { png, pixels }: { png: Uint8Array; pixels: Raster }) {
  const repaint = job.mask === null ? null : (await files()).repaint
  if (!repaint) return { picture: png, pixels }
  const picture = await composeRepaint(repaint, pixels)
  return { picture, pixels: picture }
}

/** One prompt from its POST (or from where a former process left it) to its picture; null when ComfyUI lost it. */
async function runOnce(run: Run, { index, attach }: Try, emit: Emit, signal: AbortSignal): Promise<Rendered | null> {
  const { job, template, plans, http, socket, engine, pulse, times, folder, begun } = run
  const { variant } = template
  const attempt = { job: job.id, epoch: job.epoch }
  const plan = plans[index] ?? { pixels: variant.pixels, smaller: false }
  const nonce = `${job.id}:${job.epoch}:${index}`
  const graph = attach ? null : bindTry(template, job, { files: await upload(run, signal), pixels: plan.pixels, nonce })
  const promptId = promptIdOf(attempt, index)
  begun.add(promptId)
  const outcome = await runPrompt(
    {
      http,
      socket,
      promptId,
      graph,
      output: variant.output,
      start: startProgress(template.graph, variant.sampler, variant.steps),
      times,
      pulse,
      onProgress: emit.progress,
      onPreview: emit.preview,
    },
    signal,
  )
  if (outcome.kind === 'lost') return null
  run.log.info({ ...attempt, ...outcome.ranAt }, 'rendered')
  engine.freed = false
  engine.warm.clear()
  engine.warm.add(job.modelKey)
  emit.freed()
  folder.note(outcome.image)
  const output = await takeOutput(run, outcome.image, signal)
  if (!output) return null
  const { width, height } = output.pixels
  const { smaller } = plan
  checkSize(run, plan.pixels, width * height)
  return { ...(await finishPicture(run, output)), width, height, gpuMs: outcome.gpuMs, smaller }
}

/** A graph that makes another picture than it was asked for is no graph of ours; grids and crops come nowhere near. */
function checkSize({ template }: Run, wanted: number, pixels: number): void {
  if (template.variant.repaints || (pixels < wanted * 4 && pixels * 4 > wanted)) return
  throw new JobFailure('output-size', `the graph made ${pixels} pixels of ${wanted}`)
}

async function freeMemory({ engine, http }: ComfyParts): Promise<void> {
  engine.warm.clear()
  // ComfyUI unloads its models by itself when memory runs out; its caches only when told to.
  engine.freed = await http.free(AbortSignal.timeout(askMs)).then(
    () => true,
    () => false,
  )
}

/** The plan after one for which there was no memory; throws when there is none left. */
async function nextPlan(run: Run, index: number, failure: JobFailure): Promise<number> {
  const { engine, plans, log, job } = run
  // With nothing else in memory the same size would fail again.
  const next = plans.findIndex((plan, at) => at > index && (plan.smaller || !engine.freed))
  if (next === -1) throw new JobFailure('memory-never', failure.message, { cause: failure })
  await freeMemory(run)
  log.warn({ job: job.id, epoch: job.epoch, detail: failure.message, plan: plans[next] }, 'no memory, trying again')
  return next
}

async function runTries(run: Run, first: Try, emit: Emit, signal: AbortSignal): Promise<Rendered> {
  const { job, engine, log } = run
  let next = first
  for (let losses = 0; ;) {
    try {
      const rendered = await runOnce(run, next, emit, signal)
      if (rendered) {
        // The inputs are not to lie in memory while the picture is on its way out.
        run.files = lazyFiles(job, signal)
        return rendered
      }
    } catch (error) {
      if (!(error instanceof JobFailure && error.fault === 'memory-full')) throw error
      next = { index: await nextPlan(run, next.index, error), attach: false }
      continue
    }
    log.warn({ job: job.id, epoch: job.epoch, attach: next.attach }, 'ComfyUI does not know the prompt')
    losses += 1
    engine.warm.clear()
    run.uploaded = undefined
    if (losses > maxLosses) throw new JobFailure('engine-lost', 'ComfyUI lost the prompt')
    next = { ...next, attach: false }
  }
}

/** One attempt on ComfyUI. What a former process posted is attached to; it is posted again only when ComfyUI lost it. */
export function openComfyAttempt(parts: ComfyParts, job: ClaimedJob, resume: boolean): BackendAttempt {
  const { http, engine, times } = parts
  const folder = engine.scratch.open()
  const ids = Array.from({ length: maxTries }, (_, index) => promptIdOf({ job: job.id, epoch: job.epoch }, index))
  const begun = new Set(resume ? ids : [])
  return {
    async prepare(template, signal): Promise<Prepared> {
      const plans = memoryPlans(template.variant, job.spec.params)
      const files = lazyFiles(job, signal)
      const run: Run = { ...parts, job, template, plans, folder, files, uploaded: undefined, begun }
      const found = resume ? await findTry(run, signal) : null
      begun.clear()
      if (found === null) await upload(run, signal)
      return {
        run: (emit, runSignal) => runTries(run, found ?? { index: 0, attach: false }, emit, runSignal),
      }
    },
    async abandon(cause) {
      const isHung = cause instanceof JobFailure && cause.code === 'STAGE_TIMEOUT'
      const patienceMs = isHung ? Math.min(timedOutMs, times.loadMs) : times.loadMs
      for (const promptId of begun) {
        await http.cancel(promptId, AbortSignal.timeout(askMs)).catch(() => false)
        // That it has stopped is found out before the next claim, and its entry forgotten then.
        engine.leftovers.add(promptId, patienceMs)
      }
      if (cause instanceof JobFailure && cause.rule.remedy === 'free-memory') await freeMemory(parts)
    },
    async forget() {
      for (const promptId of begun) await http.forget(promptId, AbortSignal.timeout(askMs)).catch(() => {})
    },
    close: () => folder.clear(),
  }
}
