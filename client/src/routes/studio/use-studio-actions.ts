import { useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'
import type { JobView, QuoteView } from '#shared/jobs/schema.ts'
import type { ModeView } from '#shared/modes/schema.ts'
import { copy, refusals } from '#client/app/copy.ts'
import { notice } from '#client/app/notice.ts'
import { sessionStore } from '#client/features/account/session.ts'
import { drawSeed } from '#client/features/bench/core/draft.ts'
import { draftStore, patchDraft } from '#client/features/bench/draft-store.ts'
import { intakeStore, takeClipboard, takeUrl } from '#client/features/bench/intake.ts'
import { ensureUploaded } from '#client/features/bench/upload.ts'
import { paintedPrice } from '#client/features/generate/core/wording.ts'
import type { Sample } from '#client/features/live/stage/idle.tsx'
import { jobPictures } from './job-pictures.ts'
import { afterPress, press } from './press.ts'
import { saveFile } from './save-file.ts'

/** Starts sending a new bench image at once when there is an account to send it to; Generate then need not wait. */
function prefetchUpload(): void {
  const session = sessionStore.get()
  const { image } = draftStore.get()
  if (!image || !('userId' in session)) return
  // The press tries again and says what is wrong.
  ensureUploaded(image, session.userId, () => undefined).catch(() => undefined)
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
      const role = mode.inputs[0]?.role ?? 'base'
      if (!quote || quote.refusal || !draft.image || intakeStore.get().preparing) return
      const { count, prompt, creativity, chaos, seed } = draft
      const image = { kind: 'bench' as const, image: draft.image }
      const jobs = await press({
        mode: mode.key,
        role,
        count,
        prompt,
        creativity,
        chaos,
        seed,
        image,
        ...paintedPrice(quote),
      })
      if (!jobs) return
      afterPress()
      show(jobs[0]?.id ?? null)
    },
    [mode, show],
  )

  const again = useCallback(
    async (job: JobView, count: number, quote: QuoteView | null) => {
      if (!quote) return
      if (quote.refusal) return notice(refusals[quote.refusal]({ resets_at: quote.limits.free.resetsAt }))
      const { prompt, creativity, chaos } = job
      const inputs = job.inputs.map(({ role, weight, asset }) => ({ assetId: asset.id, role, weight }))
      const role = job.inputs[0]?.role ?? 'base'
      // A retry repeats the picture that was asked for; variations need other seeds.
      const seed = count === 1 ? job.seed : drawSeed(Math.random)
      const image = { kind: 'assets' as const, inputs }
      const jobs = await press({
        mode: job.mode,
        role,
        count,
        prompt,
        creativity,
        chaos,
        seed,
        image,
        ...paintedPrice(quote),
      })
      if (jobs) show(jobs[0]?.id ?? null)
    },
    [show],
  )

  const taken = useCallback(() => {
    show(null)
    prefetchUpload()
  }, [show])

  const takeAsBase = useCallback(
    async (job: JobView) => {
      const { full, shown } = jobPictures(job)
      const asset = full ?? shown
      const session = sessionStore.get()
      if (!asset || !(await takeUrl(asset.url, job.transmission))) return
      const { image } = draftStore.get()
      // It is on the server already, so it need not be sent.
      if (image && 'userId' in session)
        patchDraft({ image: { ...image, asset: { id: asset.id, owner: session.userId } } })
      show(null)
    },
    [show],
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
      if (!(await takeUrl(sample.base, sample.name))) return
      const { prompt, creativity, chaos, seed } = sample
      patchDraft({ prompt, creativity, chaos, seed, seedLocked: true })
      taken()
    },
    [taken],
  )

  const paste = useCallback(async () => {
    if (await takeClipboard()) taken()
  }, [taken])

  return useMemo(
    () => ({ show, generate, again, taken, takeAsBase, download, openSample, paste, downloading }),
    [show, generate, again, taken, takeAsBase, download, openSample, paste, downloading],
  )
}
