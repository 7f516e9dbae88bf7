import { startTransition } from 'react'
import { createRoot } from 'react-dom/client'
import { followSession } from './app/account-actions.ts'
import { App } from './app/app.tsx'
import { followOwn } from './app/follow-own.ts'
import { followShelf } from './app/follow-shelf.ts'
import { followPresence } from './app/live.ts'
import { router } from './app/router.tsx'
import { accessToken, endSession, renewToken } from './features/account/session.ts'
import { restoreDraft, saveOnLeave } from './features/bench/draft-store.ts'
import { setTokenSource } from './lib/api.ts'
import { ignoreRepeats } from './lib/one-press.ts'
import { followNetwork } from './lib/online.ts'

/** Starts the studio in `place`; resolves once it stands there instead of whatever was drawn before. */
export async function start(place: HTMLElement): Promise<void> {
  setTokenSource(accessToken, { renew: renewToken, end: endSession })
  followNetwork()
  ignoreRepeats()
  followPresence()
  saveOnLeave()
  void restoreDraft()
  void followSession()
  followShelf()
  followOwn()
  // With its route at hand the first render is whole, so what was drawn before gives way to nothing but the same.
  await router.load()
  await new Promise<void>((resolve) => {
    // In slices, so that a press meanwhile is heard.
    startTransition(() => createRoot(place).render(<App onShown={resolve} />))
  })
}
