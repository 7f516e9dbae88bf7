import type { JobView } from '#shared/jobs/schema.ts'
import type { LimitsView } from '#shared/limits/schema.ts'
import { accessToken, loadAuth } from '#client/features/account/session.ts'
import { createLiveEngine } from '#client/features/live/engine.ts'
import { wishStore } from '#client/features/live/tell/wishes.ts'
import { api, queryClient, trpc } from '#client/lib/api.ts'
import { runtimeConfig } from '#client/lib/config.ts'
import { lookForNewer } from '#client/lib/newer.ts'
import { isLineSlow } from '#client/lib/online.ts'
import { refusalOf } from '#client/lib/refusal.ts'
import { loadWhenQuiet } from '#client/lib/when-quiet.ts'

async function fetchJob(id: string): Promise<JobView | null> {
  try {
    return await api.forge.get.query({ id })
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal.kind === 'refused' && (refusal.code === 'JOB_NOT_FOUND' || refusal.code === 'INVALID_INPUT'))
      return null
    throw error
  }
}

/** Shows new limits everywhere at once, from any answer that carries them. */
export function applyLimits(limits: LimitsView): void {
  queryClient.setQueryData(trpc.limits.mine.queryKey(), limits)
}

/** Asks again what the button may say: after a press, a cancel, an end, a sign-in. */
export function refreshQuotes(): void {
  for (const queryKey of [trpc.forge.quote.queryKey(), trpc.limits.mine.queryKey()]) {
    // A first answer still under way would be kept, though it was asked for as somebody else.
    void queryClient.cancelQueries({ queryKey }).then(() => queryClient.invalidateQueries({ queryKey }))
  }
}

/** After so long without a socket, or without an answer, it may be another studio that runs there now, ms. */
const lookAfter = 20_000
let looking: ReturnType<typeof setTimeout> | undefined

function lookLater(): void {
  clearTimeout(looking)
  looking = setTimeout(() => void lookForNewer().finally(lookLater), lookAfter)
}

const loadSocket = () => import('#client/features/live/socket.ts')

/** Fetches what the first press will need, while the artist is still choosing: sign-in and Realtime. */
export function warmUp(): void {
  loadWhenQuiet(loadSocket)
  loadWhenQuiet(loadAuth)
}

/** The one engine of this page: jobs of whoever is signed in. */
export const live = createLiveEngine({
  fetchJob,
  async fetchRecent() {
    const page = await api.forge.list.query({ limit: 30 })
    return page.items
  },
  async connect(userId, events) {
    const { openSocket } = await loadSocket()
    const { supabaseUrl, supabasePublishableKey } = runtimeConfig()
    const options = { supabaseUrl, publishableKey: supabasePublishableKey, userId, accessToken }
    const subscribed = () => {
      clearTimeout(looking)
      events.subscribed()
    }
    const lost = () => {
      lookLater()
      events.lost()
    }
    return openSocket(options, { ...events, subscribed, lost })
  },
  onBalance({ balance, held }) {
    const known = queryClient.getQueryData(trpc.limits.mine.queryKey())
    if (known) applyLimits({ ...known, credits: { balance, held } })
    // What came in may be what the button was waiting for.
    if (known && balance > known.credits.balance) refreshQuotes()
  },
  onEnded(job) {
    refreshQuotes()
    if (wishStore.get().jobs.includes(job.id)) {
      void import('#client/features/live/tell/tell.ts').then(({ tellEnd }) => tellEnd(job))
    }
  },
  isSlow: isLineSlow,
  isVisible: () => document.visibilityState === 'visible',
  random: Math.random,
})

/** Asks again whenever the network or the person comes back; called once. */
export function followPresence(): void {
  live.reachable.subscribe(() => {
    clearTimeout(looking)
    if (live.reachable.get()) void lookForNewer()
    else lookLater()
  })
  window.addEventListener('online', live.wake)
  // Back from another page, as it was left: what it heard last is old.
  window.addEventListener('pageshow', (event) => event.persisted && live.wake())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') live.wake()
  })
}
