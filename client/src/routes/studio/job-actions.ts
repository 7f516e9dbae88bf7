import type { JobView } from '#shared/jobs/schema.ts'
import type { Recipe } from '#shared/assets/provenance.ts'
import { resultCopy } from '#client/app/copy-result.ts'
import { live } from '#client/app/live.ts'
import { notice } from '#client/app/notice.ts'
import { offerUndo } from '#client/app/undo.ts'
import { tellTabs } from '#client/features/gallery/gallery-news.ts'
import { toFile } from '#client/features/live/result/convert.ts'
import type { Format } from '#client/features/live/result/convert.ts'
import { api, queryClient, trpc } from '#client/lib/api.ts'
import { jobPictures } from './job-pictures.ts'
import { saveBlob } from './save-file.ts'

/** The gallery reads anew what was marked, removed or brought back here. */
function refreshGallery(): void {
  void queryClient.invalidateQueries({ queryKey: trpc.gallery.pathKey() })
}

/** Marks or unmarks at once, and takes it back when the server does not agree. */
export async function setFavourite(job: JobView, favourite: boolean): Promise<void> {
  live.adopt([{ ...job, favourite }])
  try {
    await api.gallery.favourite.mutate({ ids: [job.id], favourite })
    tellTabs({ kind: 'marked', ids: [job.id], favourite })
    refreshGallery()
  } catch {
    live.adopt([job])
    notice(resultCopy.markFailed)
  }
}

/** Brings a deleted image back with its pictures. False when it could not be. */
export async function restoreJob(id: string): Promise<boolean> {
  try {
    await api.gallery.restore.mutate({ ids: [id] })
    tellTabs({ kind: 'restored', ids: [id] })
    live.adopt([await api.forge.get.query({ id })])
    refreshGallery()
    notice(resultCopy.restored)
    return true
  } catch {
    notice(resultCopy.restoreFailed)
    return false
  }
}

/** Deletes without asking, tells `onGone`, and offers to take it back, which ends in `onBack`. */
export async function removeJob(job: JobView, on: { gone: () => void; back: () => void }): Promise<void> {
  try {
    await api.gallery.remove.mutate({ ids: [job.id] })
  } catch {
    notice(resultCopy.removeFailed)
    return
  }
  tellTabs({ kind: 'removed', ids: [job.id] })
  on.gone()
  live.adopt([{ ...job, deleted: true, outputs: [] }])
  refreshGallery()
  offerUndo(resultCopy.removed, () => void restoreJob(job.id).then((back) => back && on.back()))
}

/** Asks for new addresses of its pictures: those it has have ended, or lead nowhere. Never throws. */
export async function renewAddresses(id: string): Promise<void> {
  try {
    live.adopt([await api.forge.get.query({ id })])
  } catch {
    // It is said where the picture is missing, with a button.
  }
}

function fetchPicture(job: JobView): Promise<Response> {
  const { full, shown } = jobPictures(job)
  return fetch((full ?? shown)?.url ?? '')
}

/** An address that has ended since the page was opened is asked for anew. */
async function fetchFull(job: JobView): Promise<Blob> {
  const first = await fetchPicture(job)
  const response = first.ok ? first : await fetchPicture(await api.forge.get.query({ id: job.id }))
  if (!response.ok) throw new Error(`the picture answered ${response.status}`)
  return await response.blob()
}

const copiers = {
  image: async (job: JobView) => {
    // A promise, so that the press still counts as one when the file arrives.
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': fetchFull(job) })])
  },
  prompt: (job: JobView) => navigator.clipboard.writeText(job.prompt),
  seed: (job: JobView) => navigator.clipboard.writeText(job.seed),
} as const

export async function copyOf(job: JobView, what: keyof typeof copiers): Promise<void> {
  try {
    await copiers[what](job)
    notice(resultCopy.copied[what])
  } catch {
    notice(resultCopy.copyFailed)
  }
}

/** How it was made, as a file may tell it. `title` is the mode's, as people read it. */
export function recipeOf(job: JobView, title: string): Recipe {
  const { prompt, negative, creativity, chaos, seed, transmission } = job
  return { mode: title, prompt, negative, creativity, chaos, seed, transmission }
}

/** Fetches the full size, makes the file of it and hands it to the browser's downloads. Answers what went wrong, in words. */
export async function saveAs(job: JobView, format: Format, recipe: Recipe | null): Promise<string | null> {
  try {
    const file = await toFile(await fetchFull(job), { format, standIn: job.standIn, recipe })
    if (!file) return resultCopy.noFormat(resultCopy.formats[format][0])
    saveBlob(file, `forge-${job.transmission}.${format === 'jpeg' ? 'jpg' : format}`)
    return null
  } catch {
    return resultCopy.saveFailed
  }
}
