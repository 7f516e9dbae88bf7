import { isOver } from '#shared/jobs/rules.ts'
import type { JobView } from '#shared/jobs/schema.ts'
import type { FrameMessage, JobMessage } from '#shared/realtime/schema.ts'
import { createStore } from '#client/lib/store.ts'
import type { Store } from '#client/lib/store.ts'
import { pollDelay, reconnectDelay } from './core/rhythm.ts'
import { createPreviews } from './previews.ts'
import { acceptsFrame, emptyLive, needsRow, openJobs, reduceLive } from './core/state.ts'
import type { LiveEvent, LiveState } from './core/state.ts'

/** What the socket tells. It may drop, repeat and reorder; the engine stands that. */
export type SocketEvents = {
  subscribed: () => void
  lost: () => void
  job: (message: JobMessage) => void
  balance: (message: { balance: number; held: number }) => void
  frame: (job: string, epoch: number, frame: FrameMessage) => void
}

export type LiveSocket = {
  /** Joins the previews of one attempt, leaving the last one; null leaves only. */
  watch: (attempt: { job: string; epoch: number } | null) => void
  close: () => void
}

/** The engine's way out: everything that touches the network or the page. */
export type LiveIo = {
  fetchJob: (id: string) => Promise<JobView | null>
  fetchRecent: () => Promise<JobView[]>
  connect: (userId: string, events: SocketEvents) => Promise<LiveSocket>
  onBalance: (message: { balance: number; held: number }) => void
  onEnded: (job: JobView) => void
  isVisible: () => boolean
  /** Whether the browser knows its line to be too slow for four previews a second. */
  isSlow: () => boolean
  random: () => number
}

export type FrameSink = (job: string, epoch: number, frame: FrameMessage) => void

export type LiveEngine = {
  state: Store<LiveState>
  /** False after two reads in a row without an answer. */
  reachable: Store<boolean>
  start: (userId: string) => void
  stop: () => void
  /** The job on the canvas: its previews are joined, and it is fetched when not held. */
  watch: (jobId: string | null) => void
  /** Rows that another call brought (create, cancel). */
  adopt: (jobs: readonly JobView[]) => void
  /** Reads everything again at once: the same user now owns other jobs. */
  restart: () => void
  /** Reads everything again soon: after `online`, on becoming visible, after a reconnect. */
  wake: () => void
  /** Hands over the accepted previews of the watched job, the last one at once; answers how to stop. */
  follow: (sink: FrameSink) => () => void
}

/** How long the row of a job heard of for the first time is waited for before it is asked for, ms. */
const newRowAfter = 300
/** A socket that could not be opened at all is tried again after this, ms. */
const connectAgainAfter = 15_000
/** The job on the canvas is read again after this long, over or not: the addresses of its pictures end, ms. */
const addressesFor = 20 * 60_000

/** Keeps the held jobs right: subscribes, re-reads after every subscribe, polls as a backstop, merges by version. */
export function createLiveEngine(io: LiveIo): LiveEngine {
  const state = createStore(emptyLive)
  const reachable = createStore(true)
  let userId: string | null = null
  let generation = 0
  // What was asked before the rows changed hands says nothing about them afterwards.
  let ownership = 0
  let socket: LiveSocket | null = null
  const previews = createPreviews(io.isSlow)
  let connected = false
  let watched: string | null = null
  const sinks = new Set<FrameSink>()
  /** What a canvas that comes later (a full view) starts with. */
  let lastFrame: Parameters<FrameSink> | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let dueAt = Infinity
  // Its own, so that a look that was under way cannot put a wake off to the next poll.
  let waking: ReturnType<typeof setTimeout> | undefined
  let misses = 0
  const readAt = new Map<string, number>()

  function dispatch(event: LiveEvent): void {
    const before = state.get()
    const after = reduceLive(before, event)
    state.set(after)
    for (const job of Object.values(after.jobs)) {
      const held = before.jobs[job.id]
      if (held && !isOver(held.status) && isOver(job.status)) io.onEnded(job)
    }
    joinPreviews()
  }

  function joinPreviews(): void {
    const job = watched === null ? undefined : state.get().jobs[watched]
    const running = job && job.status === 'running' && job.epoch > 0
    previews.watch(running ? { job: job.id, epoch: job.epoch } : null)
  }

  async function read(ids: readonly string[], recent: boolean): Promise<void> {
    const mine = generation
    const asked = ownership
    try {
      const [list, ...rows] = await Promise.all([recent ? io.fetchRecent() : [], ...ids.map((id) => io.fetchJob(id))])
      if (mine !== generation) return
      misses = 0
      reachable.set(true)
      const jobs = [...list, ...rows.filter((row) => row !== null)]
      for (const { id } of jobs) readAt.set(id, Date.now())
      dispatch({ type: 'rows', jobs, now: Date.now(), listed: recent })
      if (asked !== ownership) return
      for (const [index, id] of ids.entries()) if (rows[index] === null) dispatch({ type: 'absent', id })
    } catch {
      // The next look tries again; only a run of misses is worth telling.
      if (mine !== generation) return
      misses += 1
      if (misses > 1) reachable.set(false)
    }
  }

  async function look(recent: boolean): Promise<void> {
    clearTimeout(timer)
    dueAt = Infinity
    const ids = new Set(openJobs(state.get()).map((job) => job.id))
    const { jobs, absent } = state.get()
    const isOld = watched !== null && Date.now() - (readAt.get(watched) ?? 0) > addressesFor
    if (watched !== null && (!jobs[watched] || isOld) && !absent.includes(watched)) ids.add(watched)
    const mine = generation
    await read([...ids], recent || ids.size === 0 || !state.get().listed)
    if (mine === generation) schedule()
  }

  function schedule(latestAt = Infinity): void {
    clearTimeout(timer)
    if (userId === null) return
    const { listed } = state.get()
    // A page whose list nobody has answered yet knows of nothing that is open: it must not wait as if nothing were.
    const open = listed ? openJobs(state.get()).length : 1
    const delay = pollDelay({ open, connected: connected && listed, visible: io.isVisible(), random: io.random() })
    dueAt = Math.min(performance.now() + delay, latestAt)
    timer = setTimeout(() => void look(false), dueAt - performance.now())
  }

  function wake(): void {
    if (userId === null) return
    clearTimeout(waking)
    waking = setTimeout(() => void look(true), reconnectDelay(io.random()))
  }

  function onMessage(message: JobMessage): void {
    const isNew = state.get().jobs[message.id] === undefined
    const fetchRow = needsRow(state.get(), message)
    dispatch({ type: 'message', message, now: Date.now() })
    if (!fetchRow) return
    if (!isNew) return void read([message.id], false).then(() => schedule())
    const mine = generation
    // The news of a new job can outrun its row by a moment, and the answer to the press brings the row anyway.
    setTimeout(() => {
      if (mine === generation && !state.get().jobs[message.id]) void read([message.id], false).then(() => schedule())
    }, newRowAfter)
  }

  function onFrame(job: string, epoch: number, frame: FrameMessage): void {
    const cursor = { epoch, seq: frame.seq, step: frame.step }
    if (!acceptsFrame(state.get(), job, cursor)) return
    if (job === watched) {
      lastFrame = [job, epoch, frame]
      previews.arrived(frame.step, state.get().jobs[job]?.step ?? 0)
      for (const sink of sinks) sink(job, epoch, frame)
    }
    dispatch({ type: 'frame', job, cursor, now: Date.now() })
  }

  async function connect(user: string, mine: number): Promise<void> {
    let joined = false
    const opened = await io
      .connect(user, {
        subscribed() {
          connected = true
          // Only a reconnect may be one of many at once.
          if (joined) wake()
          else void look(true)
          joined = true
        },
        lost() {
          connected = false
          // A line that is lost again and again must not put the next look off each time.
          schedule(dueAt)
        },
        job: onMessage,
        balance: io.onBalance,
        frame: onFrame,
      })
      // Polling carries on without a socket.
      .catch(() => null)
    if (mine !== generation) return opened?.close()
    if (!opened) setTimeout(() => mine === generation && void connect(user, mine), connectAgainAfter)
    socket = opened
    previews.attach(socket)
  }

  function stop(): void {
    generation += 1
    userId = null
    clearTimeout(timer)
    clearTimeout(waking)
    previews.attach(null)
    socket?.close()
    socket = null
    connected = false
    dispatch({ type: 'cleared' })
  }

  function start(user: string): void {
    if (userId === user) return
    stop()
    userId = user
    void look(true)
    void connect(user, generation)
  }

  return {
    state,
    reachable,
    start,
    stop,
    restart() {
      ownership += 1
      dispatch({ type: 'owner-changed' })
      if (userId !== null) void look(true)
    },
    watch(jobId) {
      if (watched === jobId) return
      watched = jobId
      lastFrame = null
      joinPreviews()
      if (userId !== null && jobId !== null && !state.get().jobs[jobId]) void look(false)
    },
    adopt(jobs) {
      dispatch({ type: 'rows', jobs, now: Date.now() })
      schedule()
    },
    wake,
    follow(sink) {
      sinks.add(sink)
      if (lastFrame && lastFrame[0] === watched) sink(...lastFrame)
      return () => sinks.delete(sink)
    },
  }
}
