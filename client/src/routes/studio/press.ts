import type { CreateInput, JobView } from '#shared/jobs/schema.ts'
import { isPromptClean, promptLength } from '#shared/jobs/prompt.ts'
import { jobLimits } from '#shared/jobs/rules.ts'
import type { Purse } from '#shared/jobs/rules.ts'
import { copy, refusals } from '#client/app/copy.ts'
import { applyLimits, live, refreshQuotes } from '#client/app/live.ts'
import { ensureUser } from '#client/features/account/sign-in.ts'
import { draftStore, patchDraft } from '#client/features/bench/draft-store.ts'
import { drawSeed } from '#client/features/bench/core/draft.ts'
import type { BenchImage } from '#client/features/bench/core/draft.ts'
import { ensureUploaded } from '#client/features/bench/upload.ts'
import { pressFor } from '#client/features/generate/core/request.ts'
import type { PressBody } from '#client/features/generate/core/request.ts'
import type { PressPhase } from '#client/features/generate/core/wording.ts'
import { readOpenPress, writeOpenPress } from '#client/features/generate/open-press.ts'
import { api } from '#client/lib/api.ts'
import { refusalOf } from '#client/lib/refusal.ts'
import type { Refusal } from '#client/lib/refusal.ts'
import { createStore } from '#client/lib/store.ts'

export type PressState = { phase: PressPhase; share: number; news: string | null }

const idle: PressState = { phase: 'idle', share: 0, news: null }
export const pressStore = createStore<PressState>(idle)

/** What a press asks for; the picture is named by asset, or uploaded first. */
export type PressRequest = {
  mode: string
  role: JobView['inputs'][number]['role']
  count: number
  prompt: string
  creativity: number
  chaos: number
  seed: string
  purse: Purse
  expectedPrice: number
  image: { kind: 'bench'; image: BenchImage } | { kind: 'assets'; inputs: CreateInput['inputs'] }
}

/** Waits between asking again for a lost reply, ms. */
const repeats = [1_000, 3_000] as const

function phase(next: PressPhase, share = 0): void {
  pressStore.set({ phase: next, share, news: null })
}

function tell(news: string | null): void {
  pressStore.set({ ...idle, news })
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

async function inputsOf(request: PressRequest, owner: string): Promise<CreateInput['inputs']> {
  if (request.image.kind === 'assets') return request.image.inputs
  const { image } = request.image
  if (image.asset?.owner !== owner) phase('uploading')
  const assetId = await ensureUploaded(image, owner, (share) => phase('uploading', share))
  return [{ assetId, role: request.role, weight: 1 }]
}

/** Sends one press, asking again under the same id while no answer comes; the server answers the same jobs. */
async function send(body: PressBody): Promise<JobView[] | Refusal> {
  const press = pressFor(readOpenPress(), body, Date.now(), crypto.randomUUID())
  writeOpenPress(press)
  for (let attempt = 0; ; attempt += 1) {
    try {
      const { jobs, limits } = await api.forge.create.mutate({ requestId: press.requestId, ...body })
      writeOpenPress(null)
      applyLimits(limits)
      return jobs
    } catch (error) {
      const refusal = refusalOf(error)
      const wait = repeats[attempt]
      if (refusal.kind === 'refused') {
        writeOpenPress(null)
        return refusal
      }
      if (wait === undefined) return refusal
      phase('retrying')
      await pause(wait)
    }
  }
}

function sentence(refusal: Refusal): string {
  if (refusal.kind === 'refused') return refusals[refusal.code](refusal.data)
  return navigator.onLine ? copy.generate.lost : copy.generate.offline
}

function bodyOf(request: PressRequest, inputs: CreateInput['inputs']): PressBody {
  const { mode, count, creativity, chaos, seed, purse, expectedPrice } = request
  const prompt = request.prompt.normalize('NFC')
  const unused = { negative: '', mask: null, aspect: null }
  return { mode, count, prompt, creativity, chaos, seed, inputs, ...unused, purse, expectedPrice }
}

async function upload(request: PressRequest, owner: string): Promise<CreateInput['inputs'] | Refusal> {
  try {
    return await inputsOf(request, owner)
  } catch (error) {
    return refusalOf(error)
  }
}

/** Forgets that the bench image is on the server, so that the next press sends it once more. */
function forgetAsset(): void {
  const { image } = draftStore.get()
  if (image?.asset) patchDraft({ image: { ...image, asset: null } })
}

/**
 * Carries a press through: guest account if there is none, upload if needed, create. Answers the jobs, newest state
 * adopted; null when it did not work, with the reason told. A second press meanwhile is ignored.
 */
export async function press(request: PressRequest): Promise<JobView[] | null> {
  if (pressStore.get().phase !== 'idle') return null
  // Far too long a prompt would not even fit the request, and the server could not say what is wrong.
  if (!isPromptClean(request.prompt) || promptLength(request.prompt.normalize('NFC')) > jobLimits.promptCodePoints) {
    tell(refusals.PROMPT_INVALID({}))
    return null
  }
  phase('signing-in')
  const user = await ensureUser().catch(() => ({ problem: 'unreachable' as const }))
  if ('problem' in user) {
    tell(user.problem === 'too-many' ? copy.generate.anonymousLimit : copy.account.unreachable)
    return null
  }
  live.start(user.userId)
  const inputs = await upload(request, user.userId)
  if (!Array.isArray(inputs)) return refuse(inputs)
  phase('creating')
  const jobs = await send(bodyOf(request, inputs))
  if (!Array.isArray(jobs)) return refuse(jobs)
  live.adopt(jobs)
  refreshQuotes()
  tell(null)
  return jobs
}

function refuse(refusal: Refusal): null {
  if (refusal.kind === 'refused' && refusal.code === 'ASSET_NOT_FOUND') forgetAsset()
  tell(sentence(refusal))
  refreshQuotes()
  return null
}

/** Another seed for the next press, unless it is locked; and the tick at what has just been used. */
export function afterPress(): void {
  const draft = draftStore.get()
  patchDraft({
    last: { creativity: draft.creativity, chaos: draft.chaos },
    ...(draft.seedLocked ? {} : { seed: drawSeed(Math.random) }),
  })
}
