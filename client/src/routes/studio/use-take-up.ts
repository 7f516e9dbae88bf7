import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect } from 'react'
import { copy } from '#client/app/copy.ts'
import { notice } from '#client/app/notice.ts'
import { sessionStore } from '#client/features/account/session.ts'
import { restoredStore } from '#client/features/bench/draft-store.ts'
import { useStore } from '#client/lib/use-store.ts'
import type { TakeSearch } from './take-search.ts'

/** One request is carried out once, however often the page renders meanwhile. */
let under: string | null = null

/**
 * Carries out what the address asks for, `/?from=<job>&take=…`, once the bench is back and it is known who is here;
 * then the address is clean again.
 */
export function useTakeUp(): void {
  const { from, take, role }: TakeSearch = useSearch({ strict: false })
  const restored = useStore(restoredStore)
  const { status } = useStore(sessionStore)
  const navigate = useNavigate()
  useEffect(() => {
    if (!from || !take || !restored || status === 'unknown') return
    const wanted = `${from} ${take} ${role ?? ''}`
    if (under === wanted) return
    under = wanted
    const work =
      status === 'none'
        ? Promise.resolve(notice(copy.errors.jobLost))
        : import('./take-up.ts').then(({ takeUpById }) => takeUpById(from, take, role ?? null))
    void work

      .catch(() => {
        notice(copy.bench.take.unreachable)
        return null
      })
      .then((mode) => navigate({ to: '/studio', search: mode ? { mode } : {}, replace: true }))
      .finally(() => {
        under = null
      })
  }, [from, take, role, restored, status, navigate])
}
