import { finishMerge, movingStore, signOut } from '#client/features/account/sign-in.ts'
import type { AuthOutcome } from '#client/features/account/sign-in.ts'
import { hasStoredSession, openSession, sessionStore } from '#client/features/account/session.ts'
import { copy, refusals } from './copy.ts'
import { live, refreshQuotes } from './live.ts'
import { notice } from './notice.ts'

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
      break
    case 'problem':
      break
  }
  live.restart()
  movingStore.set(false)
  refreshQuotes()
}

let leaving = false

export async function leaveAccount(): Promise<void> {
  leaving = true
  await signOut().finally(() => {
    leaving = false
  })
  notice(copy.account.signedOut)
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
    if (stored && !hasStoredSession() && !leaving) notice(refusals.UNAUTHENTICATED({}))
    stored = hasStoredSession()
    known = userId
  }
  sessionStore.subscribe(follow)
  await openSession()
  follow()
  if (sessionStore.get().status === 'member') {
    const merged = await finishMerge()
    if (merged.kind === 'moved') accountDone(merged)
  }
}
