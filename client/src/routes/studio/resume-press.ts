import type { JobView } from '#shared/jobs/schema.ts'
import { copy } from '#client/app/copy.ts'
import { notice } from '#client/app/notice.ts'
import { sessionStore } from '#client/features/account/session.ts'
import type { BenchImage } from '#client/features/bench/core/slots.ts'
import { draftStore } from '#client/features/bench/draft-store.ts'
import { keepPress } from '#client/features/generate/kept-press.ts'
import type { KeptPress } from '#client/features/generate/kept-press.ts'
import { mayGoOn, withImages } from './kept-request.ts'
import { startPress } from './press-store.ts'

function imagesOnBench(): ReadonlyMap<string, BenchImage> {
  const slots = Object.values(draftStore.get().modes).flatMap((one) => one.slots)
  return new Map(slots.map(({ image }) => [image.key, image]))
}

async function goOn(left: KeptPress): Promise<JobView[] | null> {
  const session = sessionStore.get()
  if (!mayGoOn(left, 'userId' in session ? session.userId : null, Date.now())) return null
  // One that was sent needs its images no more.
  const images = imagesOnBench()
  const request = left.body ? { ...left.request, pictures: noPictures } : withImages(left.request, images)
  if (!request) {
    notice(copy.generate.notResumed)
    return null
  }
  const jobs = await startPress(request, left.used, left)
  if (jobs) notice(copy.generate.resumed)
  return jobs
}

const noPictures = { kind: 'assets' as const, inputs: [], mask: null }

/**
 * Carries on with a press that the page before this one did not live to see answered: what was sent is sent again under
 * its number, which the server counts once; what was not is sent now. Answers its jobs, null when there are none.
 */
export async function resumePress(left: KeptPress): Promise<JobView[] | null> {
  // A tab that was duplicated has the note too; whoever comes first carries it through. Absent without TLS.
  const locks: LockManager | undefined = navigator.locks
  const name = `forge-press-${left.requestId}`
  const jobs = locks
    ? await locks.request(name, { ifAvailable: true }, (lock) => (lock ? goOn(left) : null))
    : await goOn(left)
  if (!jobs) keepPress(null)
  return jobs
}
