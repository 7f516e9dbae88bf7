import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { List, Upload } from 'lucide-react'
import { Suspense, lazy, useCallback, useEffect, useMemo, useState } from 'react'
import type { ReactNode } from 'react'
import { signInFor } from '#client/app/after-sign-in.ts'
import { copy } from '#client/app/copy.ts'
import { expectsOwn } from '#client/app/follow-own.ts'
import { Header } from '#client/app/header.tsx'
import { live, warmUp } from '#client/app/live.ts'
import { notice, noticeStore } from '#client/app/notice.ts'
import { Sheet } from '#client/components/ui/sheet.tsx'
import { sessionStore } from '#client/features/account/session.ts'
import { Bench } from '#client/features/bench/bench.tsx'
import { modeDraft } from '#client/features/bench/core/draft.ts'
import { draftStore, patchDraft, restoredStore } from '#client/features/bench/draft-store.ts'
import { FileButton } from '#client/features/bench/file-button.tsx'
import { HouseStyle } from '#client/features/bench/house-style.tsx'
import { intakeStore } from '#client/features/bench/intake.ts'
import { useWindowIntake } from '#client/features/bench/use-window-intake.ts'
import { fireView, mostNow } from '#client/features/generate/core/wording.ts'
import { Fire } from '#client/features/generate/fire.tsx'
import { openJobs } from '#client/features/live/core/state.ts'
import { JobList, Rail } from '#client/features/live/rail/rail.tsx'
import type { JobListProps } from '#client/features/live/rail/rail.tsx'
import { Idle } from '#client/features/live/stage/idle.tsx'
import { maskStatusStore } from '#client/features/mask/mask-status.ts'
import { jobLimits } from '#shared/jobs/rules.ts'
import { trpc } from '#client/lib/api.ts'
import { scopeStore } from '#client/lib/history.ts'
import { useStore } from '#client/lib/use-store.ts'
import { cancelJob, stoppingStore } from './cancel.ts'
import { chooseMode, orderModes } from './choose-mode.ts'
import { fallbackMode, fallbackModes } from './fallback-modes.ts'
import { JobNews } from './job-news.tsx'
import { missingOn } from './missing.ts'
import { ModesBar } from './modes-bar.tsx'
import { pageMark, showPageMark } from './page-mark.ts'
import { loadPress, pressStore } from './press-store.ts'
import { Stage } from './stage.tsx'
import type { StageEditor } from './stage.tsx'
import { StageActions } from './stage-actions.tsx'
import { useCanvas } from './use-canvas.ts'
import { useModeEntry } from './use-mode-entry.ts'
import { useOpenPress } from './use-open-press.ts'
import { useQuotes } from './use-quotes.ts'
import { useSessionJobs } from './use-session-jobs.ts'
import { useShortcuts } from './use-shortcuts.ts'
import { useSilence } from './use-silence.ts'
import { sendAgain, useSource } from './use-source.ts'
import type { Source } from './use-source.ts'
import { useStudioActions } from './use-studio-actions.ts'
import { useTakeUp } from './use-take-up.ts'
import { useWaitingPress } from './use-waiting-press.ts'

const KeysSheet = lazy(async () => ({ default: (await import('./keys-sheet.tsx')).KeysSheet }))
const MaskEditor = lazy(async () => ({ default: (await import('#client/features/mask/mask-editor.tsx')).MaskEditor }))
const MaskPanel = lazy(async () => ({ default: (await import('#client/features/mask/mask-panel.tsx')).MaskPanel }))
const ZoomBar = lazy(async () => ({ default: (await import('#client/features/mask/zoom-bar.tsx')).ZoomBar }))

function editorOf(source: Source | null): StageEditor {
  const { image, doc } = source ?? {}
  if (!image?.work || !doc) return null
  return {
    view: <MaskEditor key={image.key} doc={doc} imageKey={image.key} picture={image.work.blob} name={image.name} />,
    foot: <ZoomBar />,
    size: image.work.size,
  }
}

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

function DropVeil({ over }: { over: boolean }): ReactNode {
  return over ? <div className="dropping">{copy.bench.dropping}</div> : null
}

/** The studio: bench, canvas, session. Composes the features; they do not know each other. */
export function Studio() {
  const { job: jobId = null, mode: wanted = null } = useSearch({ strict: false })
  const session = useStore(sessionStore)
  const state = useStore(live.state)
  const draft = useStore(draftStore)
  const restored = useStore(restoredStore)
  const intake = useStore(intakeStore)
  const pressing = useStore(pressStore)
  const stopping = useStore(stoppingStore)
  const [sheet, setSheet] = useState<'session' | 'keys' | null>(null)

  const modes = useQuery(trpc.modes.list.queryOptions(undefined, { refetchInterval: 60_000 }))
  const listed = useMemo(() => modes.data?.modes ?? fallbackModes, [modes.data])
  const mode = chooseMode(listed, wanted) ?? fallbackMode
  useModeEntry(mode)
  useTakeUp()
  const source = useSource(mode)
  const painted = useStore(maskStatusStore)
  const quotes = useQuotes(mode.key, draft.count, session.status !== 'unknown')
  const canvas = useCanvas(jobId, mode)
  const actions = useStudioActions(mode)
  const silentFor = useSilence(canvas.job)

  const jobs = useSessionJobs(state, jobId)
  const open = openJobs(state)
  const running = open.filter((job) => job.status === 'running').length
  const { slots } = modeDraft(draft, mode.key)
  const image = slots.find((slot) => slot.role !== 'style')?.image ?? null
  const progress = { prepared: Boolean(source?.doc), painted: image ? (painted[image.key] ?? null) : null }
  const view = fireView({
    quote: quotes.bench,
    missing: missingOn(mode, modeDraft(draft, mode.key), progress),
    unavailable: mode.unavailable === null ? null : copy.modes.unavailable[mode.unavailable],
    preparing: intake.preparing !== null,
    phase: pressing.phase,
    count: draft.count,
    running,
    queued: open.length - running,
  })

  const { show } = actions
  useOpenPress(jobs, show)
  const hasImage = slots.length > 0
  useEffect(() => {
    if (!hasImage) return
    warmUp()
    // Whoever presses asks again and says what is wrong.
    loadPress().catch(() => undefined)
  }, [hasImage])
  useEffect(() => showPageMark(pageMark(canvas.state, openJobs(state))), [canvas.state, state])
  useEffect(() => {
    if (!canvas.lost) return
    // That the sign-in ended says more.
    if (noticeStore.get() === null) notice(copy.errors.jobLost)
    show(null)
  }, [canvas.lost, show])

  const over = useWindowIntake(actions.take)
  const ready = view.kind === 'button' && !view.disabled
  const fire = useCallback(() => void (ready && actions.generate(quotes.bench)), [actions, quotes.bench, ready])
  const showKeys = useCallback(() => setSheet('keys'), [])
  const navigate = useNavigate()
  const openMode = useCallback(
    (place: number) => {
      const chosen = orderModes(listed)[place]
      if (chosen) void navigate({ to: '/studio', search: { mode: chosen.key } })
    },
    [listed, navigate],
  )
  useShortcuts({ onGenerate: fire, onKeys: showKeys, onMode: openMode })
  useEffect(() => scopeStore.set(mode.key), [mode.key])
  useWaitingPress({ mode: mode.key, count: draft.count, quote: ready ? quotes.settled : null, fire })

  const titleOf = (key: string) => listed.find((one) => one.key === key)?.title ?? mode.title
  const list: JobListProps = {
    jobs,
    live: state,
    currentId: jobId,
    freshId: canvas.freshId,
    stopping,
    titleOf,
    onOpen: (job) => show(job.id),
    onCancel: (job) => void cancelJob(job),
    onRetry: (job) => void actions.again(job, 1, quotes.one),
  }
  const { job } = canvas
  return (
    <div className="app">
      <Header
        extra={
          <button
            type="button"
            className="icon only-narrow"
            aria-label={copy.rail.title}
            onClick={() => setSheet('session')}
          >
            <List className="i" aria-hidden />
          </button>
        }
      />
      <ModesBar modes={listed} standIn={modes.data?.engine.standIn === true} current={mode.key} onKeys={showKeys} />
      <Stage
        state={canvas.state}
        job={job}
        image={image}
        editor={editorOf(source)}
        fresh={job !== null && canvas.freshId === job.id}
        silentFor={silentFor}
        idle={
          restored || !expectsOwn() ? (
            <Idle
              name={mode.key}
              mode={mode.inputs[0]?.min === 0 ? 'words' : mode.mask ? 'mask' : 'image'}
              dials={mode.sliders}
              onSample={(sample) => void actions.openSample(sample)}
              onPaste={() => void actions.paste()}
              choose={
                <FileButton className="btn" multiple onFiles={(files) => actions.take(files, null)}>
                  <Upload className="i" aria-hidden />
                  {copy.idle.choose}
                </FileButton>
              }
            />
          ) : null
        }
        actions={
          <StageActions
            state={canvas.state}
            job={job}
            one={quotes.one}
            four={quotes.four}
            busy={pressing.phase !== 'idle'}
            downloading={actions.downloading}
            onCancel={() => job && void cancelJob(job)}
            onAgain={(count) => job && void actions.again(job, count, count === 1 ? quotes.one : quotes.four)}
            onDownload={() => job && void actions.download(job)}
            role={mode.inputs[0]?.role ?? 'base'}
            onBase={() => job && void actions.takeAsBase(job)}
            onMask={job?.mask && mode.mask && source?.doc ? () => show(null) : null}
          />
        }
      />
      <Bench
        mode={mode}
        most={quotes.bench && !quotes.bench.refusal ? mostNow(quotes.bench, draft.count, jobLimits.count.max) : null}
        isMasked={(one) => (painted[one.key] ?? 0) > 0}
        house={mode.aspect ? <HouseStyle /> : null}
        mask={
          source?.doc ? (
            <Suspense>
              <MaskPanel doc={source.doc} />
            </Suspense>
          ) : null
        }
        onFiles={actions.take}
        onSend={(one) => sendAgain(one, mode)}
        onShow={() => show(null)}
        onCopied={() => notice(copy.bench.copied)}
        onSubmit={fire}
        fire={
          <Fire
            view={view}
            news={pressing.news}
            member={session.status === 'member'}
            onFewer={(count) => patchDraft({ count })}
            onSignIn={() =>
              // Ten of their own are what a member has: the same press then takes as many of those.
              signInFor({ kind: 'press', mode: mode.key, count: draft.count, purse: 'free', price: draft.count })
            }
          />
        }
      />
      <Rail {...list} />
      <JobNews state={canvas.state} job={job} />
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
