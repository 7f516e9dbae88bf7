import { z } from 'zod'
import type { Deployment } from './connect.ts'

const minuteMs = 60_000

const offering = z.object({ provider: z.object({ offers: z.record(z.string(), z.object({ sells: z.boolean() })) }) })
type Offering = z.infer<typeof offering>
type Facts = {
  allowed: boolean
  always: boolean
  online: number
  unsold: string[]
  failed: number
  succeeded: number
  code: string
}

async function readFacts({ supabase }: Deployment): Promise<Facts> {
  const since = (ms: number) => new Date(Date.now() - ms).toISOString()
  const [settings, workers, attempts] = await Promise.all([
    supabase.from('settings').select('provider_fallback, fallback_always, fallback_sells').single(),
    supabase.from('workers').select('capabilities').gte('last_seen', since(minuteMs)),
    supabase
      .from('job_attempts')
      .select('outcome, error_code')
      .neq('backend', 'comfy')
      .gte('ended_at', since(10 * minuteMs))
      .order('ended_at', { ascending: false })
      .limit(50),
  ])
  const fault = settings.error ?? workers.error ?? attempts.error
  if (fault) throw new Error(fault.message)
  const ended = attempts.data ?? []
  const providers = (workers.data ?? []).flatMap(({ capabilities }) => offering.safeParse(capabilities).data ?? [])
  return {
    allowed: settings.data?.provider_fallback ?? false,
    always: settings.data?.fallback_always ?? false,
    online: providers.length,
    unsold: unsoldModes(providers, z.array(z.string()).catch([]).parse(settings.data?.fallback_sells)),
    failed: ended.filter(({ outcome }) => outcome === 'failed').length,
    succeeded: ended.filter(({ outcome }) => outcome === 'succeeded').length,
    code: ended.find(({ outcome }) => outcome === 'failed')?.error_code ?? '',
  }
}

/** Modes whose paid images no provider may have, by its terms as far as they were read and the operator's word. */
function unsoldModes(providers: readonly Offering[], sold: readonly string[]): string[] {
  const modes = providers.flatMap(({ provider }) =>
    Object.entries(provider.offers).flatMap(([template, { sells }]) => (sells ? [] : (template.split('/')[0] ?? []))),
  )
  return [...new Set(modes)].filter((mode) => !sold.includes(mode)).toSorted()
}

/** What is wrong with rendering at a provider, null when nothing is; off is nothing wrong. */
export async function fallbackProblem(deployment: Deployment): Promise<string | null> {
  const { allowed, online, failed, succeeded, code } = await readFacts(deployment)
  if (!allowed) return null
  if (online === 0) return 'it is allowed, but no worker of a provider has been seen in the last minute'
  return failed >= 3 && succeeded === 0 ? `the provider failed ${failed} times in ten minutes, last with ${code}` : null
}

/** How it stands, in words. */
export async function describeFallback(deployment: Deployment): Promise<string> {
  const { allowed, always, online, unsold } = await readFacts(deployment)
  const workers = `${online} worker${online === 1 ? '' : 's'} of a provider online`
  if (!allowed) return `off, ${workers}; a deployment on Vercel alone has no process for it`
  const home =
    unsold.length === 0
      ? ''
      : `; paid images of ${unsold.join(', ')} wait for a box until you say that they may be sold (npm run controls -- sell=${unsold.join(',')})`
  return `${always ? 'always' : 'when no box answers or the wait is too long'}, ${workers}${home}`
}
