import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect } from 'react'
import type { InputRole } from '#shared/jobs/rules.ts'
import type { JobView } from '#shared/jobs/schema.ts'
import { copy } from '#client/app/copy.ts'
import { live } from '#client/app/live.ts'
import { notice } from '#client/app/notice.ts'
import { sessionStore } from '#client/features/account/session.ts'
import { restoredStore } from '#client/features/bench/draft-store.ts'
import { api } from '#client/lib/api.ts'
import { refusalOf } from '#client/lib/refusal.ts'
import { useStore } from '#client/lib/use-store.ts'
import type { TakeSearch, Taking } from './take-search.ts'

/** One request is carried out once, however often the page renders meanwhile. */
let under: string | null = null

async function find(id: string): Promise<JobView | string> {
  const known = live.state.get().jobs[id]
  if (known) return known
  try {
    return await api.forge.get.query({ id })
  } catch (error) {
    const refusal = refusalOf(error)
    return refusal.kind === 'refused' ? copy.errors.jobLost : copy.bench.take.unreachable
  }
}

async function follow(from: string, take: Taking, role: InputRole | null): Promise<string | null> {
  const job = await find(from)
  if (typeof job !== 'string') {
    const { takeUp } = await import('./take-up.ts')
    return await takeUp(job, take, role)
  }
  notice(job)
  return null
}

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
    const work = status === 'none' ? Promise.resolve(notice(copy.errors.jobLost)) : follow(from, take, role ?? null)
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
