import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { List } from 'lucide-react'
import { Suspense, lazy, memo, useCallback, useDeferredValue, useEffect, useMemo, useState } from 'react'
import type { ReactNode } from 'react'
import { signInFor } from '#client/app/after-sign-in.ts'
import { copy } from '#client/app/copy.ts'
import { Header } from '#client/app/header.tsx'
import { live, warmUp } from '#client/app/live.ts'
import { notice, noticeStore } from '#client/app/notice.ts'
import { Sheet } from '#client/components/ui/sheet.tsx'
import { sessionStore } from '#client/features/account/session.ts'
import { modeDraft } from '#client/features/bench/core/draft.ts'
import { draftStore, patchDraft } from '#client/features/bench/draft-store.ts'
import { intakeStore } from '#client/features/bench/intake.ts'
import type { HandedIn } from '#client/features/bench/intake.ts'
import type { BenchImage } from '#client/features/bench/core/slots.ts'
import type { Sample } from '#client/features/live/stage/idle.tsx'
import { useWindowIntake } from '#client/features/bench/use-window-intake.ts'
import { fireView, mostNow } from '#client/features/generate/core/wording.ts'
import { openJobs } from '#client/features/live/core/state.ts'
import { JobList, Rail } from '#client/features/live/rail/rail.tsx'
import type { JobListProps } from '#client/features/live/rail/rail.tsx'
import { maskStatusStore } from '#client/features/mask/mask-status.ts'
import { jobLimits } from '#shared/jobs/rules.ts'
import type { JobView } from '#shared/jobs/schema.ts'
import { trpc } from '#client/lib/api.ts'
import { scopeStore } from '#client/lib/history.ts'
import { useHandlers } from '#client/lib/use-handlers.ts'
import { useKept } from '#client/lib/use-kept.ts'
import { useStore } from '#client/lib/use-store.ts'
import { loadWhenQuiet } from '#client/lib/when-quiet.ts'
import { cancelJob, stoppingStore } from './cancel.ts'
import { chooseMode, orderModes } from './choose-mode.ts'
import { fallbackMode, fallbackModes } from './fallback-modes.ts'
import { JobNews } from './job-news.tsx'
import { missingOn } from './missing.ts'
import { ModesBar } from './modes-bar.tsx'
import { pageMark, showPageMark } from './page-mark.ts'
import { loadPress, pressStore } from './press-store.ts'
import { StudioBench } from './studio-bench.tsx'
import { StudioStage } from './studio-stage.tsx'
import { useCanvas } from './use-canvas.ts'
import { useModeEntry } from './use-mode-entry.ts'
import { useOpenPress } from './use-open-press.ts'
import { useQuotes } from './use-quotes.ts'
import { useSessionJobs } from './use-session-jobs.ts'
import { useShortcuts } from './use-shortcuts.ts'
import { sendAgain, useSource } from './use-source.ts'
import { useStudioActions } from './use-studio-actions.ts'
import { useTakeUp } from './use-take-up.ts'
import { useWaitingPress } from './use-waiting-press.ts'

const KeysSheet = lazy(async () => ({ default: (await import('./keys-sheet.tsx')).KeysSheet }))
const SessionRail = memo(Rail)

function SessionSheet({ list, onClose }: { list: JobListProps; onClose: () => void }) {
  return (
    <Sheet title={copy.rail.title} onClose={onClose}>
      <h2>{copy.rail.title}</h2>
      <JobList
        {...list}
        onOpen={(job) => {
          onClose()
          list.onOpen(job)
        }}
      />
    </Sheet>
  )
}

/** The page's name and what is left, with the way to the session where there is no room beside the canvas. */
const StudioHeader = memo(function StudioHeader({ onSession }: { onSession: () => void }) {
  return (
    <Header
      extra={
        <button type="button" className="icon only-narrow" aria-label={copy.rail.title} onClick={onSession}>
          <List className="i" aria-hidden />
        </button>
      }
    />
  )
})

function DropVeil({ over }: { over: boolean }): ReactNode {
  return over ? <div className="dropping">{copy.bench.dropping}</div> : null
}

/** What the modes are, and which one is shown. The press on another is seen at once; the page follows in slices. */
function useModes(wanted: string | null, pressed: string | null) {
  const { data } = useQuery(trpc.modes.list.queryOptions(undefined, { refetchInterval: 60_000 }))
  const listed = useMemo(() => data?.modes ?? fallbackModes, [data])
  const mode = chooseMode(listed, wanted) ?? fallbackMode
  const next = chooseMode(listed, pressed) ?? fallbackMode
  return { listed, standIn: data?.engine.standIn === true, mode, next: next.key }
}

/** Fetches what a press will need while the artist is still choosing. */
function useWarmth(hasImage: boolean): void {
  useEffect(() => {
    if (!hasImage) return
    warmUp()
    loadWhenQuiet(loadPress)
  }, [hasImage])
}

/** The studio: bench, canvas, session. Composes the features; they do not know each other. */
export function Studio() {
  const address = useSearch({ strict: false })
  const { job: jobId = null, mode: wanted = null } = useDeferredValue(address)
  const session = useStore(sessionStore)
  const state = useStore(live.state)
  const draft = useStore(draftStore)
  const intake = useStore(intakeStore)
  const pressing = useStore(pressStore)
  const stopping = useStore(stoppingStore)
  const painted = useStore(maskStatusStore)
  const [sheet, setSheet] = useState<'session' | 'keys' | null>(null)

  const { listed, standIn, mode, next } = useModes(wanted, address.mode ?? null)
  useModeEntry(mode)
  useTakeUp()
  const source = useSource(mode)
  const doc = source?.doc ?? null
  const quotes = useQuotes(mode.key, draft.count, session.status !== 'unknown')
  const canvas = useCanvas(jobId, mode)
  const { job } = canvas
  const canvasState = useKept(canvas.state)
  const actions = useStudioActions(mode)

  const jobs = useSessionJobs(state, jobId)
  const open = openJobs(state)
  const running = open.filter(({ status }) => status === 'running').length
  const { slots } = modeDraft(draft, mode.key)
  const image = slots.find((slot) => slot.role !== 'style')?.image ?? null
  const progress = { prepared: doc !== null, painted: image ? (painted[image.key] ?? null) : null }
  const view = useKept(
    fireView({
      quote: quotes.bench,
      missing: missingOn(mode, modeDraft(draft, mode.key), progress),
      unavailable: mode.unavailable === null ? null : copy.modes.unavailable[mode.unavailable],
      preparing: intake.preparing !== null,
      phase: pressing.phase,
      count: draft.count,
      running,
      queued: open.length - running,
    }),
  )
  const most = useKept(
    quotes.bench && !quotes.bench.refusal ? mostNow(quotes.bench, draft.count, jobLimits.count.max) : null,
  )

  const { show } = actions
  useOpenPress(jobs, show)
  useWarmth(slots.length > 0)
  useEffect(() => showPageMark(pageMark(canvasState, openJobs(state))), [canvasState, state])
  useEffect(() => {
    if (!canvas.lost) return
    // That the sign-in ended says more.
    if (noticeStore.get() === null) notice(copy.errors.jobLost)
    show(null)
  }, [canvas.lost, show])

  const over = useWindowIntake(actions.take)
  const ready = view.kind === 'button' && !view.disabled
  const navigate = useNavigate()
  const on = useHandlers({
    fire: () => void (ready && actions.generate(quotes.bench)),
    keys: () => setSheet('keys'),
    session: () => setSheet('session'),
    mode: (place: number) => {
      const chosen = orderModes(listed)[place]
      if (chosen) void navigate({ to: '/studio', search: { mode: chosen.key } })
    },
    take: (files: readonly HandedIn[]) => actions.take(files, null),
    give: actions.take,
    sample: (sample: Sample) => void actions.openSample(sample),
    paste: () => void actions.paste(),
    send: (one: BenchImage) => sendAgain(one, mode),
    bench: () => show(null),
    copied: () => notice(copy.bench.copied),
    fewer: (count: number) => patchDraft({ count }),
    signIn: () =>
      // Ten of their own are what a member has: the same press then takes as many of those.
      signInFor({ kind: 'press', mode: mode.key, count: draft.count, purse: 'free', price: draft.count }),
    open: (one: JobView) => show(one.id),
    cancel: (one: JobView) => void cancelJob(one),
    retry: (one: JobView) => void actions.again(one, 1, quotes.one),
    again: (one: JobView, count: number) => void actions.again(one, count, count === 1 ? quotes.one : quotes.four),
    download: (one: JobView) => void actions.download(one),
    base: (one: JobView) => void actions.takeAsBase(one),
  })
  useShortcuts({ onGenerate: on.fire, onKeys: on.keys, onMode: on.mode })
  useEffect(() => scopeStore.set(mode.key), [mode.key])
  useWaitingPress({ mode: mode.key, count: draft.count, quote: ready ? quotes.settled : null, fire: on.fire })

  const titleOf = useCallback(
    (key: string) => listed.find((one) => one.key === key)?.title ?? mode.title,
    [listed, mode.title],
  )
  const list: JobListProps = {
    jobs,
    live: state,
    currentId: jobId,
    freshId: canvas.freshId,
    stopping,
    titleOf,
    onOpen: on.open,
    onCancel: on.cancel,
    onRetry: on.retry,
  }
  return (
    <div className="app">
      <StudioHeader onSession={on.session} />
      <ModesBar modes={listed} standIn={standIn} current={mode.key} next={next} onKeys={on.keys} />
      <StudioStage
        mode={mode}
        state={canvasState}
        job={job}
        fresh={job !== null && canvas.freshId === job.id}
        image={image}
        doc={doc}
        one={quotes.one}
        four={quotes.four}
        busy={pressing.phase !== 'idle'}
        downloading={actions.downloading}
        on={on}
      />
      <StudioBench
        mode={mode}
        most={most}
        view={view}
        news={pressing.news}
        member={session.status === 'member'}
        doc={doc}
        on={on}
      />
      <SessionRail {...list} />
      <JobNews state={canvasState} job={job} />
      <DropVeil over={over} />
      {sheet === 'session' && <SessionSheet list={list} onClose={() => setSheet(null)} />}
      {sheet === 'keys' && (
        <Suspense>
          <KeysSheet onClose={() => setSheet(null)} />
        </Suspense>
      )}
    </div>
  )
}
