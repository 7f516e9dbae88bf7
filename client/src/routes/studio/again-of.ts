import type { Slot } from '#client/features/bench/core/slots.ts'
import { keptLocal } from '#client/lib/kept-local.ts'

const key = 'forge-again'

/** A job that was taken up again, and what it laid on the bench. */
type Again = { job: string; images: string[]; prompt: string }
type Bench = { slots: readonly Slot[]; prompt: string }

function readAll(): Record<string, Again> {
  try {
    return JSON.parse(keptLocal.getItem(key) ?? '{}') as Record<string, Again>
  } catch {
    return {}
  }
}

function imagesOf(slots: readonly Slot[]): string[] {
  return slots.map(({ image }) => image.key).toSorted()
}

/** Whether what lies there still comes from it: words may change as long as its images lie there, dials always may. */
export function comesFrom({ images, prompt }: Again, bench: Bench): boolean {
  const now = imagesOf(bench.slots)
  if (now.length === 0 && images.length === 0) return bench.prompt === prompt
  return now.length === images.length && now.every((image, place) => image === images[place])
}

/** Remembers, also across a reload, that the bench of a mode takes up that job again. */
export function rememberAgain(mode: string, job: string, { slots, prompt }: Bench): void {
  keptLocal.setItem(key, JSON.stringify({ ...readAll(), [mode]: { job, images: imagesOf(slots), prompt } }))
}

/** What a press of that bench says of where it comes from; empty once other things lie there. */
export function againOf(mode: string, bench: Bench): { againOf?: string } {
  const again = readAll()[mode]
  return again && typeof again.job === 'string' && Array.isArray(again.images) && comesFrom(again, bench)
    ? { againOf: again.job }
    : {}
}
