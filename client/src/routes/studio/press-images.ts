import type { CreateInput } from '#shared/jobs/schema.ts'
import type { Slot, WorkImage } from '#client/features/bench/core/slots.ts'
import { ensureUploaded, ensureWork, forgetAssets } from '#client/features/bench/upload.ts'

/** What a press sends of pictures: the inputs, and the mask of a mode that repaints. */
export type PressImages = Pick<CreateInput, 'inputs' | 'mask'>

/** Pictures of a press: those in the slots of a mode, uploaded first where needed, or ones the server has already. */
export type PressPictures =
  | { kind: 'slots'; mode: string; slots: readonly Slot[]; mask: boolean }
  | ({ kind: 'assets' } & PressImages)

/** All at once; each failure stands at its own slot, and the first one is thrown once every upload has ended. */
async function uploadAll(slots: readonly Slot[], owner: string): Promise<CreateInput['inputs']> {
  const sent = await Promise.allSettled(slots.map(({ image }) => ensureUploaded(image, owner)))
  const failed = sent.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
  return slots.map(({ role, weight }, index) => {
    const result = sent[index]
    return { assetId: result?.status === 'fulfilled' ? result.value : '', role, weight }
  })
}

async function sendMask(imageKey: string, work: WorkImage, owner: string): Promise<PressImages['mask']> {
  const masks = await import('#client/features/mask/masks.ts')
  return await masks.sendMask(imageKey, work, owner)
}

/**
 * The pictures of a press as assets of this user. Of a mode that repaints, the source is sent as its work image, and
 * the mask painted on that goes with it. Rejects with the first refusal or lost answer.
 */
export async function sendPictures(pictures: PressPictures, owner: string): Promise<PressImages> {
  if (pictures.kind === 'assets') return { inputs: pictures.inputs, mask: pictures.mask }
  const { slots, mode, mask } = pictures
  if (!mask) return { inputs: await uploadAll(slots, owner), mask: null }
  const source = slots.find((slot) => slot.role === 'source') ?? slots[0]
  if (!source) return { inputs: [], mask: null }
  const [work, others] = await Promise.all([
    ensureWork(source.image, mode, owner),
    uploadAll(
      slots.filter((slot) => slot !== source),
      owner,
    ),
  ])
  const painted = await sendMask(source.image.key, work, owner)
  return { inputs: [{ assetId: work.id, role: source.role, weight: source.weight }, ...others], mask: painted }
}

/** Forgets what is on the server of a mode's bench after it said that something is gone. */
export async function forgetPictures(pictures: PressPictures): Promise<void> {
  if (pictures.kind === 'assets') return
  forgetAssets(pictures.mode)
  if (pictures.mask) (await import('#client/features/mask/masks.ts')).forgetSentMasks()
}
