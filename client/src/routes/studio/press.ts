import type { CreateInput, JobView } from '#shared/jobs/schema.ts'
import { isPromptClean, promptLength } from '#shared/jobs/prompt.ts'
import { jobLimits } from '#shared/jobs/rules.ts'
import type { ErrorCode } from '#shared/errors.ts'
import { signInFor } from '#client/app/after-sign-in.ts'
import { copy } from '#client/app/copy.ts'
import { refusals } from '#client/app/copy-refusals.ts'
import { applyLimits, live, refreshQuotes } from '#client/app/live.ts'
import { ensureUser } from '#client/features/account/sign-in.ts'
import { draftStore, patchDraft, patchMode } from '#client/features/bench/draft-store.ts'
import { drawSeed, modeDraft } from '#client/features/bench/core/draft.ts'
import { transferStore } from '#client/features/bench/transfers.ts'
import { sharedProgress, stopUploads } from '#client/features/bench/upload.ts'
import { pressFor } from '#client/features/generate/core/request.ts'
import type { PressBody } from '#client/features/generate/core/request.ts'
import { keepPress } from '#client/features/generate/kept-press.ts'
import type { KeptPress } from '#client/features/generate/kept-press.ts'
import type { PressPhase } from '#client/features/generate/core/wording.ts'
import { readOpenPress, writeOpenPress } from '#client/features/generate/open-press.ts'
import { api } from '#client/lib/api.ts'
import { refusalOf } from '#client/lib/refusal.ts'
import type { Refusal } from '#client/lib/refusal.ts'
import { clearWhenStale } from './press-news.ts'
import type { NewsAbout } from './press-news.ts'
import { forgetPictures, sendPictures } from './press-images.ts'
import type { PressImages, PressPictures } from './press-images.ts'
import { idlePress, pressStore } from './press-store.ts'

/** What a press asks for; its pictures are named by asset, or uploaded first. */
export type PressRequest = Omit<CreateInput, 'requestId' | 'inputs' | 'mask' | 'seed'> & {
  seed: string
  pictures: PressPictures
}

/** Waits between asking again for a lost reply, ms. */
const repeats = [1_000, 3_000] as const

function phase(next: PressPhase, share = 0): void {
  pressStore.set({ phase: next, share, news: null })
}

/** Says why a press did not work; `jobs`: what is in work was in its way. Gone as soon as that has changed. */
function tell(news: string | null, about: NewsAbout = 'bench'): void {
  pressStore.set({ ...idlePress, news })
  if (news !== null) clearWhenStale(about)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Sends one press, asking again under the same id while no answer comes; the server answers the same jobs. */
async function send(body: PressBody, kept: KeptPress, owner: string): Promise<JobView[] | Refusal> {
  const press = pressFor(readOpenPress(), body, Date.now(), kept.requestId)
  writeOpenPress(press)
  keepPress({ ...kept, requestId: press.requestId, body, owner })
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

function bodyOf({ pictures: _pictures, ...request }: PressRequest, images: PressImages): PressBody {
  return {
    ...request,
    prompt: request.prompt.normalize('NFC'),
    negative: request.negative.normalize('NFC'),
    ...images,
  }
}

async function upload(request: PressRequest, owner: string, signal: AbortSignal): Promise<PressImages | Refusal> {
  const { pictures } = request
  const images = pictures.kind === 'assets' ? [] : pictures.slots.map((slot) => slot.image)
  if (images.some((image) => image.asset?.owner !== owner)) phase('uploading')
  const unfollow = transferStore.subscribe(() => phase('uploading', sharedProgress(images)))
  const stop = () => stopUploads(images)
  signal.addEventListener('abort', stop)
  try {
    return await sendPictures(pictures, owner)
  } catch (error) {
    return refusalOf(error)
  } finally {
    signal.removeEventListener('abort', stop)
    unfollow()
  }
}

function isSendable(text: string): boolean {
  return isPromptClean(text) && promptLength(text.normalize('NFC')) <= jobLimits.promptCodePoints
}

/**
 * Carries a press through: guest account if there is none, upload if needed, create. One that a page before this one
 * has sent is sent exactly as it was. Answers the jobs, newest state adopted; null when it did not work, with the
 * reason told, or when it was stopped while its images were under way.
 */
export async function press(request: PressRequest, kept: KeptPress, signal: AbortSignal): Promise<JobView[] | null> {
  // Far too long a prompt would not even fit the request, and the server could not say what is wrong.
  if (!isSendable(request.prompt) || !isSendable(request.negative)) {
    tell(refusals.PROMPT_INVALID({}))
    return null
  }
  phase('signing-in')
  const user = await ensureUser().catch(() => ({ problem: 'unreachable' as const }))
  if ('problem' in user) {
    tell(user.problem === 'too-many' ? copy.generate.anonymousLimit : copy.account.unreachable)
    if (user.problem === 'too-many') waitForAccount(request)
    return null
  }
  live.start(user.userId)
  const body = kept.body ?? (await makeBody(request, user.userId, signal))
  if (body === null) return null
  phase('creating')
  const jobs = await send(body, kept, user.userId)
  if (!Array.isArray(jobs)) return refuse(jobs, request)
  live.adopt(jobs)
  refreshQuotes()
  tell(null)
  return jobs
}

/** What is sent, its images uploaded; null when that did not work, with the reason told, or when it was stopped. */
async function makeBody(request: PressRequest, owner: string, signal: AbortSignal): Promise<PressBody | null> {
  const images = await upload(request, owner, signal)
  if (signal.aborted) tell(null)
  else if ('inputs' in images) return bodyOf(request, images)
  else refuse(images, request)
  return null
}

/** What the bench asked for goes on once there is an account; a retry of an old job is pressed again. */
function waitForAccount({ pictures, mode, count, purse, expectedPrice }: PressRequest): void {
  if (pictures.kind !== 'slots') return
  signInFor({ kind: 'press', mode, count: count ?? 1, purse, price: expectedPrice })
}

/** The server no longer has something of what was sent; the next press sends it once more. */
const lostPictures: ReadonlySet<ErrorCode> = new Set(['ASSET_NOT_FOUND', 'WORK_IMAGE_REQUIRED', 'MASK_SIZE_MISMATCH'])

function refuse(refusal: Refusal, request: PressRequest): null {
  if (refusal.kind === 'refused' && lostPictures.has(refusal.code)) void forgetPictures(request.pictures)
  tell(sentence(refusal), refusal.kind === 'refused' && refusal.code === 'TOO_MANY_JOBS' ? 'jobs' : 'bench')
  if (refusal.kind === 'refused' && refusal.code === 'UNAUTHENTICATED') waitForAccount(request)
  refreshQuotes()
  return null
}

/** Another seed for the next press, unless it is locked; and the tick at what has just been used. */
export function afterPress(mode: string): void {
  const draft = draftStore.get()
  const { creativity, chaos } = modeDraft(draft, mode)
  patchMode(mode, { last: { creativity, chaos } })
  const { prompt } = modeDraft(draft, mode)
  void import('#client/features/bench/shelf-store.ts')
    .then((shelf) => shelf.rememberPrompt(prompt))
    .catch(() => undefined)
  if (!draft.seedLocked) patchDraft({ seed: drawSeed(Math.random) }, { quiet: true })
}
