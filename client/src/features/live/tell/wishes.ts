import { createStore } from '#client/lib/store.ts'

/** Ids of jobs whose end somebody wants to be told, and whether by sound too. All tabs of this browser share them. */
export type Wishes = { jobs: readonly string[]; sound: boolean }

const key = 'forge-tell-me'
const none: Wishes = { jobs: [], sound: false }
/** Wishes for jobs that never ended here are forgotten when this many are newer. */
const kept = 20

/** Reads what another tab, or an older version, wrote; anything odd counts as nothing. */
export function parseWishes(text: string | null): Wishes {
  try {
    const { jobs, sound } = JSON.parse(text ?? '{}') as Record<string, unknown>
    const ids = Array.isArray(jobs) ? jobs.filter((id): id is string => typeof id === 'string') : []
    return { jobs: ids.slice(-kept), sound: sound === true }
  } catch {
    return none
  }
}

function read(): Wishes {
  try {
    return parseWishes(localStorage.getItem(key))
  } catch {
    return none
  }
}

export const wishStore = createStore<Wishes>(read())

function change(next: (now: Wishes) => Wishes): void {
  const wishes = next(read())
  wishStore.set(wishes)
  try {
    localStorage.setItem(key, JSON.stringify(wishes))
  } catch {
    // Storage is full or off: this page alone remembers.
  }
}

export function wish(job: string, wanted: boolean): void {
  change(({ jobs, sound }) => ({
    jobs: [...jobs.filter((id) => id !== job), ...(wanted ? [job] : [])].slice(-kept),
    sound,
  }))
}

export function wishSound(sound: boolean): void {
  change(({ jobs }) => ({ jobs, sound }))
}

/** Chromium tells other tabs what one has stored a moment later, so the lock must outlive the write. */
const heldMs = 10_000

/** True for the first tab that asks, once: it tells, the others stay silent. */
export async function takeWish(
  job: string,
  // Absent on plain http; then two tabs may both tell, under one tag, which shows once.
  locks: LockManager | null | undefined = navigator.locks,
): Promise<boolean> {
  const take = () => {
    const { jobs } = read()
    if (!jobs.includes(job)) return false
    wish(job, false)
    return true
  }
  if (!locks) return take()
  return new Promise((resolve) => {
    void locks.request(`${key}-${job}`, { ifAvailable: true }, async (lock) => {
      const isFirst = lock !== null && take()
      resolve(isFirst)
      if (isFirst) await new Promise((release) => setTimeout(release, heldMs))
    })
  })
}

if (typeof window !== 'undefined') {
  window.addEventListener('storage', (event) => event.key === key && wishStore.set(read()))
}
