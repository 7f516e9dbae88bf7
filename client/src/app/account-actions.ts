import { guestLeft } from '#client/features/account/guest-left.ts'
import { movingStore } from '#client/features/account/moving.ts'
import type { AuthOutcome } from '#client/features/account/sign-in.ts'
import { landing } from '#client/features/account/landing.ts'
import {
  clockSkewStore,
  forgetSession,
  hasStoredSession,
  openSession,
  sessionStore,
} from '#client/features/account/session.ts'
import { formatLeft } from '#client/lib/format.ts'
import { copy } from './copy.ts'
import { openAccount } from './account-sheet-store.ts'
import { live, refreshQuotes } from './live.ts'
import { notice } from './notice.ts'
import { noticeRefusal } from './notice-refusal.ts'

/** Says how a sign-in went and reads everything again as the new user. */
export function accountDone(outcome: AuthOutcome): void {
  switch (outcome.kind) {
    case 'created':
      notice(copy.account.created)
      break
    case 'check-mail':
      notice(copy.account.checkMail)
      break
    case 'signed-in':
      notice(copy.account.signedIn)
      break
    case 'moved':
      notice(copy.account.moved(outcome.jobs))
      break
    case 'move-later':
      notice(copy.account.moveLater)
      setTimeout(() => void mergeWhenPossible(), mergeAgainAfter)
      break
    case 'problem':
      break
  }
  live.restart()
  movingStore.set(false)
  refreshQuotes()
}

let leaving = false

/** Loaded when somebody comes or goes. */
const loadSignIn = () => import('#client/features/account/sign-in.ts')

export async function leaveAccount(): Promise<void> {
  const { signOut } = await loadSignIn()
  leaving = true
  await signOut().finally(() => {
    leaving = false
  })
  notice(copy.account.signedOut)
}

const mergeAgainAfter = 5_000

/** A guest's images that are still in work move when they are done. */
async function mergeWhenPossible(): Promise<void> {
  if (!guestLeft()) return
  const { finishMerge } = await loadSignIn()
  const merged = await finishMerge()
  if (merged.kind === 'moved') accountDone(merged)
  if (merged.kind === 'move-later') setTimeout(() => void mergeWhenPossible(), mergeAgainAfter)
}

async function tellLanding(code: string): Promise<void> {
  const { copyAccount } = await import('./copy-account.ts')
  const known: Partial<Record<string, string>> = copyAccount.landing
  notice(known[code] ?? copyAccount.landing.other)
  if (code === 'identity_already_exists') openAccount('sign-in')
}

async function tellClock(skew: number): Promise<void> {
  const { copyAccount } = await import('./copy-account.ts')
  notice(copyAccount.clock(formatLeft(Math.abs(skew))))
}

/** Ends every session of this account. False when the sign-in service could not be told; then nothing has changed. */
export async function leaveEverywhere(): Promise<boolean> {
  const { signOutEverywhere } = await loadSignIn()
  leaving = true
  return await signOutEverywhere().finally(() => {
    leaving = false
  })
}

/** After its account is gone there is nobody to tell: this browser only forgets. */
export function forgetAccount(): void {
  leaving = true
  forgetSession()
  leaving = false
}

/** Follows the session: its jobs are watched while it lasts; images of a guest left behind are moved when they can. */
export async function followSession(): Promise<void> {
  let known: string | null = null
  let stored = hasStoredSession()
  function follow(): void {
    const session = sessionStore.get()
    if (session.status === 'unknown') return
    const userId = 'userId' in session ? session.userId : null
    if (userId === null) live.stop()
    else live.start(userId)
    if (known !== userId) refreshQuotes()
    // Said here, at the one place every end comes through: a refusal, a refresh that failed, another tab.
    if (stored && !hasStoredSession() && !leaving) void noticeRefusal('UNAUTHENTICATED')
    stored = hasStoredSession()
    known = userId
  }
  sessionStore.subscribe(follow)
  clockSkewStore.subscribe(() => {
    if (clockSkewStore.get() !== 0) void tellClock(clockSkewStore.get())
  })
  await openSession()
  follow()
  if (landing.kind === 'refused') void tellLanding(landing.code)
  if (landing.kind === 'session' && sessionStore.get().status === 'member') notice(copy.account.signedIn)
  await mergeWhenPossible()
}
