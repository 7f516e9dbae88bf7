import type { SharedSize, SharedView } from '#shared/shares/schema.ts'
import { isOver } from '#shared/jobs/rules.ts'
import { shareCopy } from '#client/app/copy-share.ts'

/**
 * How long the page of a link waits before it looks again, ms: while the image is made, after a refusal, and once it is
 * there, because its owner may take it back.
 */
export const looks = { running: 2_000, queued: 4_000, refused: 10_000, done: 30_000 } as const

/** Where a picture of a link is: never kept, so that a link that was revoked shows nothing from then on. */
export function pictureAddress(slug: string, size: SharedSize): string {
  return `/s/${slug}/${size}`
}

/** When to look again; false where nothing was found. */
export function lookAgainIn(view: Pick<SharedView, 'status'> | undefined, refused: boolean): number | false {
  if (refused) return looks.refused
  if (!view) return false
  if (isOver(view.status)) return looks.done
  return view.status === 'running' ? looks.running : looks.queued
}

/** What is happening to the image, for somebody who only has the link. */
export function stageWords({
  status,
  stage,
  step,
  steps,
}: Pick<SharedView, 'status' | 'stage' | 'step' | 'steps'>): string {
  if (status === 'queued') return shareCopy.page.queued
  switch (stage) {
    case 'waiting':
    case 'starting':
      return shareCopy.page.starting
    case 'loading':
      return shareCopy.page.loading
    case 'sampling':
      return shareCopy.page.step(step, steps)
    case 'decoding':
    case 'saving':
      return shareCopy.page.saving
  }
}

/** How the strip of steps stands: empty until the first step, full from the last on. */
export function stripMode({ status, stage }: Pick<SharedView, 'status' | 'stage'>): 'waiting' | 'working' | 'full' {
  if (status === 'running' && stage === 'sampling') return 'working'
  return status === 'running' && (stage === 'decoding' || stage === 'saving') ? 'full' : 'waiting'
}
