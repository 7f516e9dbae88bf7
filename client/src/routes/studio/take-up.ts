import type { AssetView } from '#shared/assets/schema.ts'
import type { InputRole } from '#shared/jobs/rules.ts'
import type { JobView } from '#shared/jobs/schema.ts'
import { copy } from '#client/app/copy.ts'
import { live } from '#client/app/live.ts'
import { notice } from '#client/app/notice.ts'
import { sessionStore } from '#client/features/account/session.ts'
import { drawSeed, modeDraft } from '#client/features/bench/core/draft.ts'
import { withImage } from '#client/features/bench/core/slots.ts'
import type { BenchImage, Slot } from '#client/features/bench/core/slots.ts'
import { draftStore, patchDraft, patchMode } from '#client/features/bench/draft-store.ts'
import { prepareImage } from '#client/features/bench/prepare.ts'
import { api, queryClient, trpc } from '#client/lib/api.ts'
import { benchSearch } from '#client/lib/bench-address.ts'
import { refusalOf } from '#client/lib/refusal.ts'
import { rememberAgain } from './again-of.ts'
import { chooseMode, orderModes } from './choose-mode.ts'
import { fallbackMode, fallbackModes } from './fallback-modes.ts'
import { planTakeUp } from './take-plan.ts'
import type { PlannedPicture, TakePlan } from './take-plan.ts'
import type { Taking } from './take-search.ts'

async function fetchBlob(url: string): Promise<Blob | null> {
  return await fetch(url)
    .then((response) => (response.ok ? response.blob() : null))
    .catch(() => null)
}

/** A picture of the server as an image on the bench, known there already; null when it is gone. */
async function toImage(asset: AssetView, name: string, mode: string): Promise<BenchImage | null> {
  const raw = await fetchBlob(asset.url)
  const ready = raw && (await prepareImage(raw, () => undefined))
  if (!raw || ready?.kind !== 'ready') return null
  const session = sessionStore.get()
  const owner = 'userId' in session ? session.userId : null
  const known = owner === null ? null : { id: asset.id, owner }
  const common = {
    key: crypto.randomUUID(),
    name,
    blob: ready.blob,
    size: ready.to,
    from: ready.from,
    crop: null,
    original: null,
  }
  if (asset.kind !== 'work') return { ...common, asset: known, work: null }
  // Painted on as it is: a mask that comes along lies on exactly these pixels.
  const work = known && { ...known, mode, size: { width: asset.width, height: asset.height }, blob: raw }
  return { ...common, asset: null, work }
}

async function fetchSlots(job: JobView, plan: TakePlan): Promise<(Slot | null)[]> {
  const { key } = plan.mode
  const several = plan.pictures.length > 1
  return await Promise.all(
    plan.pictures.map(async ({ role, weight, asset }: PlannedPicture, index) => {
      const image = await toImage(asset, several ? `${job.transmission}-${index + 1}` : job.transmission, key)
      return image && { role, weight, image }
    }),
  )
}

/** Lays the mask of a job over the work image that it was painted on. False when it is gone. */
async function takeMask(mask: NonNullable<TakePlan['mask']>, slots: readonly Slot[]): Promise<boolean> {
  const source = slots.find((slot) => slot.image.work)?.image
  if (!source?.work) return false
  const picture = await fetchBlob(mask.asset.url)
  if (!picture) return false
  const { adoptMask } = await import('#client/features/mask/masks.ts')
  const { grow, feather } = mask
  const sent = { assetId: mask.asset.id, owner: source.work.owner, workId: source.work.id }
  return await adoptMask(source.key, {
    picture,
    size: source.work.size,
    mode: source.work.mode,
    grow,
    feather,
    sent,
  })
}

function lay(plan: TakePlan, slots: readonly Slot[]): void {
  const { mode, settings, seed, anew } = plan
  let next: readonly Slot[] = anew ? [] : modeDraft(draftStore.get(), mode.key).slots
  for (const slot of slots) {
    const input = mode.inputs.find(({ role }) => role === slot.role)
    if (!input) continue
    next = withImage(next, input, slot.image, null)
    next = next.map((one) => (one.image.key === slot.image.key ? { ...one, weight: slot.weight } : one))
  }
  patchMode(mode.key, { ...settings, ...(anew || slots.length > 0 ? { slots: next } : {}) })
  if (seed === 'draw') patchDraft({ seed: drawSeed(Math.random), seedLocked: false })
  else if (seed) patchDraft({ seed: seed.value, seedLocked: true })
}

/** Words about what could not come along; null when all of it did. */
function lostWords(plan: TakePlan, slots: readonly (Slot | null)[], masked: boolean): string | null {
  if (plan.lost === 'image' || (!plan.anew && slots.includes(null))) {
    return plan.settings ? copy.bench.take.imageGone : copy.bench.take.onlyImageGone
  }
  if (plan.lost === 'input' || slots.includes(null)) return copy.bench.take.inputGone
  return plan.lost === 'mask' || !masked ? copy.bench.take.maskGone : null
}

/**
 * Brings a job to the bench. What was deleted meanwhile is told in one sentence and the rest is taken; when nothing at
 * all could be, the bench stays as it was. Resolves to the key of the mode to open, null when nothing was taken.
 */
export async function takeUp(job: JobView, what: Taking, role: InputRole | null = null): Promise<string | null> {
  const modes = orderModes(queryClient.getQueryData(trpc.modes.list.queryKey())?.modes ?? fallbackModes)
  const current = chooseMode(modes, benchSearch().mode ?? null) ?? fallbackMode
  const plan = planTakeUp({ job, what, role }, modes, current)
  const fetched = await fetchSlots(job, plan)
  const slots = fetched.filter((slot) => slot !== null)
  const masked = plan.mask === null || (await takeMask(plan.mask, slots))
  const lost = lostWords(plan, fetched, masked)
  if (lost) notice(lost)
  if (slots.length === 0 && plan.settings === null) return null
  lay(plan, slots)
  if (plan.anew) rememberAgain(plan.mode.key, job.id, modeDraft(draftStore.get(), plan.mode.key))
  return plan.mode.key
}

async function find(id: string): Promise<JobView | string> {
  const known = live.state.get().jobs[id]
  if (known) return known
  try {
    return await api.forge.get.query({ id })
  } catch (error) {
    const refusal = refusalOf(error)
    return refusal.kind === 'refused' ? copy.errors.jobLost : copy.bench.take.unreachable
  }
}

/** The same for a job that is only known by its id; one that cannot be found is told. */
export async function takeUpById(id: string, what: Taking, role: InputRole | null): Promise<string | null> {
  const job = await find(id)
  if (typeof job !== 'string') return await takeUp(job, what, role)
  notice(job)
  return null
}
