import { useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'
import type { InputRole } from '#shared/jobs/rules.ts'
import type { JobView, QuoteView } from '#shared/jobs/schema.ts'
import type { ModeView } from '#shared/modes/schema.ts'
import { copy } from '#client/app/copy.ts'
import { notice } from '#client/app/notice.ts'
import { noticeRefusal } from '#client/app/notice-refusal.ts'
import { sessionStore } from '#client/features/account/session.ts'
import { drawSeed, modeDraft } from '#client/features/bench/core/draft.ts'
import { missingInput, orderedSlots } from '#client/features/bench/core/slots.ts'
import { draftStore, patchDraft, patchMode } from '#client/features/bench/draft-store.ts'
import { intakeStore, takeClipboard, takeFiles, takeUrl } from '#client/features/bench/intake.ts'
import type { HandedIn, Target } from '#client/features/bench/intake.ts'
import { transferStore } from '#client/features/bench/transfers.ts'
import { paintedPrice } from '#client/features/generate/core/wording.ts'
import { dialsOf } from '#client/features/live/stage/idle.tsx'
import type { Sample } from '#client/features/live/stage/idle.tsx'
import { againOf } from './again-of.ts'
import { assetsOf } from './job-request.ts'
import { jobPictures } from './job-pictures.ts'
import { startPress } from './press-store.ts'
import { saveFile } from './save-file.ts'
import type { Taking } from './take-search.ts'

/** Starts sending new bench images at once when there is an account to send them to; Generate then need not wait. */
async function prefetchUploads(mode: ModeView): Promise<void> {
  const session = sessionStore.get()
  if (!('userId' in session)) return
  const { ensureUploaded } = await import('#client/features/bench/upload.ts')
  for (const { image } of modeDraft(draftStore.get(), mode.key).slots) {
    // What went wrong stands at the slot, and the press tries again.
    if (!transferStore.get()[image.key]) ensureUploaded(image, session.userId).catch(() => undefined)
  }
}

/** What the artist can do on this page. All of it goes through here; components only say that it was asked for. */
export function useStudioActions(mode: ModeView) {
  const navigate = useNavigate()
  const [downloading, setDownloading] = useState(false)

  const show = useCallback(
    (jobId: string | null) => {
      void navigate({
        to: '/studio',
        search: ({ mode }) => ({ ...(mode === undefined ? {} : { mode }), ...(jobId === null ? {} : { job: jobId }) }),
        replace: jobId === null,
      })
    },
    [navigate],
  )

  const generate = useCallback(
    async (quote: QuoteView | null) => {
      const draft = draftStore.get()
      const { slots, prompt, negative, aspect, creativity, chaos } = modeDraft(draft, mode.key)
      if (!quote || quote.refusal || missingInput(mode.inputs, slots) || intakeStore.get().preparing) return
      const sent = orderedSlots(mode.inputs, slots)
      const request = {
        mode: mode.key,
        count: draft.count,
        prompt,
        negative: mode.negative ? negative : '',
        creativity,
        chaos,
        seed: draft.seed,
        aspect: mode.aspect && sent.length === 0 ? aspect : null,
        pictures: { kind: 'slots' as const, mode: mode.key, slots: sent, mask: mode.mask },
        ...againOf(mode.key, { slots: sent, prompt }),
        ...paintedPrice(quote),
      }
      const jobs = await startPress(request, true)
      if (jobs) show(jobs[0]?.id ?? null)
    },
    [mode, show],
  )

  const again = useCallback(
    async (job: JobView, count: number, quote: QuoteView | null) => {
      if (!quote) return
      if (quote.refusal) return noticeRefusal(quote.refusal, { resets_at: quote.limits.free.resetsAt })
      const { prompt, negative, creativity, chaos } = job
      // A retry repeats the picture that was asked for; variations need other seeds.
      const seed = count === 1 ? job.seed : drawSeed(Math.random)
      const request = {
        mode: job.mode,
        count,
        prompt,
        negative,
        creativity,
        chaos,
        seed,
        aspect: job.aspect,
        pictures: { kind: 'assets' as const, ...assetsOf(job) },
        againOf: job.id,
        ...paintedPrice(quote),
      }
      const jobs = await startPress(request, false)
      if (jobs) show(jobs[0]?.id ?? null)
    },
    [show],
  )

  const take = useCallback(
    (files: readonly HandedIn[], target: Target | null) => {
      void takeFiles(files, mode, target).then((taken) => {
        if (!taken) return
        show(null)
        prefetchUploads(mode).catch(() => undefined)
      })
    },
    [mode, show],
  )

  /** Brings a job to the bench: its picture, its settings, or all of it (see take-up.ts). */
  const takeUp = useCallback(
    async (job: JobView, what: Taking, role: InputRole | null = null) => {
      const { takeUp: bring } = await import('./take-up.ts')
      const opened = await bring(job, what, role)
      if (opened !== null) await navigate({ to: '/studio', search: { mode: opened } })
    },
    [navigate],
  )

  const takeAsBase = useCallback(
    async (job: JobView) => {
      const { full, shown } = jobPictures(job)
      const picture = full ?? shown
      const role = mode.inputs[0]?.role
      const session = sessionStore.get()
      if (!picture || !role) return
      // It is on the server already, so it need not be sent.
      const asset = 'userId' in session ? { id: picture.id, owner: session.userId } : null
      const target = { role, instead: null }
      if (await takeUrl({ url: picture.url, name: job.transmission, asset }, mode, target)) show(null)
    },
    [mode, show],
  )

  const download = useCallback(async (job: JobView) => {
    const { full, shown } = jobPictures(job)
    const asset = full ?? shown
    if (!asset) return
    setDownloading(true)
    const extension = asset.mime === 'image/png' ? 'png' : asset.mime === 'image/webp' ? 'webp' : 'jpg'
    const saved = await saveFile(asset.url, `forge-${job.transmission}.${extension}`)
    setDownloading(false)
    if (!saved) notice(copy.result.downloadFailed)
  }, [])

  const openSample = useCallback(
    async (sample: Sample) => {
      const { prompt, seed } = sample
      const { key, inputs } = mode
      const main = inputs.find((input) => input.role !== 'style' && input.min > 0)
      const style = inputs.find((input) => input.role === 'style')
      if (main) {
        if (!(await takeUrl({ url: sample.base, name: sample.name }, mode, { role: main.role, instead: null }))) return
      }
      if (style) await takeUrl(sample.style, mode, { role: 'style', instead: null })
      patchMode(key, { ...dialsOf(sample, style !== undefined), ...(mode.mask ? {} : { prompt: style ? '' : prompt }) })
      patchDraft({ seed, seedLocked: true })
      show(null)
      prefetchUploads(mode).catch(() => undefined)
    },
    [mode, show],
  )

  const paste = useCallback(async () => {
    if (!(await takeClipboard(mode))) return
    show(null)
    prefetchUploads(mode).catch(() => undefined)
  }, [mode, show])

  return useMemo(
    () => ({ show, generate, again, take, takeAsBase, takeUp, download, openSample, paste, downloading }),
    [show, generate, again, take, takeAsBase, takeUp, download, openSample, paste, downloading],
  )
}
