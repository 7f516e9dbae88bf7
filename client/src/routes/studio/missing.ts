import type { ModeView } from '#shared/modes/schema.ts'
import { copy } from '#client/app/copy.ts'
import type { ModeDraft } from '#client/features/bench/core/draft.ts'
import { missingInput } from '#client/features/bench/core/slots.ts'

/** How far a mode that repaints has come: share painted, null while its mask is not open yet. */
export type MaskProgress = { prepared: boolean; painted: number | null }

/** What the bench of a mode still lacks before it can be pressed, in the words of the button; null when nothing. */
export function missingOn(mode: ModeView, draft: ModeDraft, mask: MaskProgress): string | null {
  const input = missingInput(mode.inputs, draft.slots)
  if (input) return input.role === 'style' ? copy.generate.needStyle : copy.generate.needImage
  if (mode.mask && !mask.prepared) return copy.generate.needWork
  if (mode.mask && !mask.painted) return copy.generate.needMask
  if (draft.slots.length === 0 && draft.prompt.trim() === '') return copy.generate.needWords
  return null
}
