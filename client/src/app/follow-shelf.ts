import { sessionStore } from '#client/features/account/session.ts'
import { shelfOwnerStore, visitor } from '#client/features/bench/shelf-owner.ts'

/** Shows everybody their own prompts, and forgets those of an account that signs out of this browser. */
export function followShelf(): void {
  function follow(): void {
    const session = sessionStore.get()
    if (session.status === 'unknown') return
    const before = shelfOwnerStore.get()
    const now = 'userId' in session ? session.userId : visitor
    shelfOwnerStore.set(now)
    if (before === visitor || before === now) return
    // Loaded when somebody leaves, which few do; offline it is in the cache or has kept nothing.
    void import('#client/features/bench/shelf-store.ts')
      .then((shelf) => shelf.forgetPrompts(before))
      .catch(() => undefined)
  }
  sessionStore.subscribe(follow)
  follow()
}
