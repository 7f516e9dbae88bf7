import { intakeProblems } from '#client/app/bench-copy.ts'
import type { InputRole } from '#shared/jobs/rules.ts'
import { modeDraft } from './core/draft.ts'
import { isWhole } from './core/crop.ts'
import type { Crop } from './core/crop.ts'
import type { BenchImage } from './core/slots.ts'
import { draftStore, patchMode } from './draft-store.ts'
import { sayProblem } from './intake.ts'
import { originalOf, rememberOriginal } from './originals.ts'
import { prepareImage } from './prepare.ts'

/**
 * Cuts an image of a mode's bench anew from its file, in the same place and with the same strength; all of it again when
 * nothing is cut away. The cut is another image, so the one before can be taken back. False with a sentence at the slot
 * when the part cannot be used.
 */
export async function cropImage(image: BenchImage, crop: Crop, bench: string, role: InputRole): Promise<boolean> {
  const original = originalOf(image)
  const part = isWhole(crop) ? null : crop
  const ready = await prepareImage(original, () => undefined, part)
  if (ready.kind === 'problem') {
    sayProblem(role, ready.problem === 'too-large' ? intakeProblems.unreadable() : intakeProblems[ready.problem]())
    return false
  }
  const { blob, to: size, from } = ready
  const facts = { blob, size, from, crop: part, original: part && original }
  const cut: BenchImage = { ...image, ...facts, key: crypto.randomUUID(), asset: null, work: null }
  rememberOriginal(cut.key, original)
  const { slots } = modeDraft(draftStore.get(), bench)
  patchMode(bench, { slots: slots.map((slot) => (slot.image.key === image.key ? { ...slot, image: cut } : slot)) })
  return true
}
