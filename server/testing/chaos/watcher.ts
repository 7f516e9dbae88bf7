import { createLiveEngine, type LiveEngine, type SocketEvents } from '#client/features/live/engine.ts'
import { openSocket } from '#client/features/live/socket.ts'
import type { ChaosStack } from './stack.ts'
import { apiOf, type Owner } from './world.ts'

/** A page without a window: the studio's own live engine on its own Realtime client, one tab of one person. */
export type Watcher = {
  owner: Owner
  engine: LiveEngine
  /** How often its channel was joined and lost. */
  joins: number
  /** What it has shown that it may not have: an older version after a newer one, an end that was taken back. */
  offences: string[]
  /** Passes what the socket tells on, or not, or twice, or later. */
  mangle: ((deliver: () => void) => void) | null
  /** Answers tokens that have run out. */
  expired: boolean
  visible: boolean
  start: () => void
  stop: () => void
}

export function openWatcher(stack: ChaosStack, owner: Owner): Watcher {
  const token = () => stack.token(owner.id, watcher.expired ? -30 : 3_600, owner.anonymous)
  const ask = async () => apiOf(stack.page.url, await stack.token(owner.id, 3_600, owner.anonymous))
  const engine = createLiveEngine({
    fetchJob: async (id) => (await ask()).forge.get.query({ id }),
    fetchRecent: async () => (await (await ask()).forge.list.query({ limit: 60 })).items,
    connect: (userId, events) =>
      openSocket(
        {
          supabaseUrl: stack.sockets.url,
          publishableKey: stack.keys.publishableKey,
          userId,
          accessToken: token,
        },
        through(watcher, events),
      ),
    onBalance: () => undefined,
    onEnded: () => undefined,
    isVisible: () => watcher.visible,
    isSlow: () => false,
    random: Math.random,
  })
  const watcher: Watcher = {
    owner,
    engine,
    joins: 0,
    offences: [],
    mangle: null,
    expired: false,
    visible: true,
    start: () => engine.start(owner.id),
    stop: () => engine.stop(),
  }
  watchOrder(watcher)
  return watcher
}

function through(watcher: Watcher, events: SocketEvents): SocketEvents {
  const pass = (deliver: () => void) => (watcher.mangle ?? ((run: () => void) => run()))(deliver)
  return {
    subscribed() {
      watcher.joins += 1
      events.subscribed()
    },
    lost: events.lost,
    job: (message) => pass(() => events.job(message)),
    balance: (message) => pass(() => events.balance(message)),
    frame: (job, epoch, frame) => pass(() => events.frame(job, epoch, frame)),
  }
}

/** Versions only rise on a page, and what is over stays as it ended (I9 as people see it). */
function watchOrder(watcher: Watcher): void {
  const seen = new Map<string, { version: number; status: string }>()
  watcher.engine.state.subscribe(() => {
    const { jobs } = watcher.engine.state.get()
    if (Object.keys(jobs).length === 0) seen.clear()
    for (const job of Object.values(jobs)) {
      const before = seen.get(job.id)
      if (before && job.version < before.version) {
        watcher.offences.push(`${job.id}: version ${job.version} shown after ${before.version}`)
      }
      if (before && isEnd(before.status) && job.status !== before.status) {
        watcher.offences.push(`${job.id}: ${job.status} shown after ${before.status}`)
      }
      seen.set(job.id, { version: job.version, status: job.status })
    }
  })
}

const isEnd = (status: string) => status === 'succeeded' || status === 'failed' || status === 'canceled'
