import process from 'node:process'
import { capacityProblem, describeCapacity, rentsBoxes } from './check-capacity.ts'
import { describeFallback, fallbackProblem } from './check-fallback.ts'
import { command, connect, type Deployment } from './connect.ts'

type Finding = { name: string; problem: string | null }
type Check = {
  name: string
  fix: string
  run: (deployment: Deployment) => Promise<string | null>
  /** Said when nothing is wrong. */
  about?: (deployment: Deployment) => Promise<string>
}

/** Each answers null, or what is wrong; `fix` says what to do then. */
const checks: readonly Check[] = [
  {
    name: 'database',
    fix: 'apply supabase/migrations to the project and check SUPABASE_SECRET_KEY',
    run: async ({ supabase }) => (await supabase.from('settings').select('*').limit(1)).error?.message ?? null,
  },
  {
    name: 'books',
    fix: 'run: npm run audit',
    run: async ({ supabase }) => {
      const { data, error } = await supabase.rpc('audit_books')
      if (error) return error.message
      return Array.isArray(data) && data.length > 0 ? `${data.length} offence(s)` : null
    },
  },
  {
    name: 'storage',
    fix: 'the migration that makes the bucket `forge` has not run',
    run: async ({ supabase }) => {
      const { data, error } = await supabase.storage.getBucket('forge')
      if (error) return error.message
      return data.public ? 'the bucket is public' : null
    },
  },
  {
    name: 'auth keys',
    fix: 'give the project an ES256 signing key and set SUPABASE_JWT_SIGNING_KEY to its private half',
    run: async ({ supabaseUrl }) => {
      const answer: unknown = await (await fetch(`${supabaseUrl}/auth/v1/.well-known/jwks.json`)).json()
      return JSON.stringify(answer).includes('ES256') ? null : 'no ES256 key is published'
    },
  },
  {
    name: 'workers',
    fix: 'start a worker with FORGE_SERVER_URL, FORGE_WORKER_KEY and COMFY_URL; make a key with: npm run worker:key -- <name>',
    run: async (deployment) => {
      const { supabase } = deployment
      const since = new Date(Date.now() - 60_000).toISOString()
      const { count, error } = await supabase
        .from('workers')
        .select('id', { count: 'exact', head: true })
        .gte('last_seen', since)
      if (error) return error.message
      return count || (await rentsBoxes(deployment)) ? null : 'none has been seen in the last minute'
    },
  },
  {
    name: 'rented boxes',
    fix: 'mend what it names (the RUNPOD_… variables, server/README.md); an alert closes with the next box that comes, or once somebody looks after what is rented',
    run: capacityProblem,
    about: describeCapacity,
  },
  {
    name: 'fallback',
    fix: 'run the worker of a provider beside the server with REPLICATE_API_TOKEN and a key from: npm run worker:key -- replicate provider; Vercel alone cannot. Or: npm run controls -- fallback=off',
    run: fallbackProblem,
    about: describeFallback,
  },
  {
    name: 'payments',
    fix: 'run: npm run reconcile; each alert names its purchase',
    run: async ({ supabase }) => {
      const { count, error } = await supabase
        .from('alerts')
        .select('id', { count: 'exact', head: true })
        .eq('kind', 'stripe')
        .is('closed_at', null)
      if (error) return error.message
      return count ? `${count} purchase(s) that Stripe and the books tell differently` : null
    },
  },
  {
    name: 'server',
    fix: 'its log says why; it starts with: node server/node.ts',
    run: async ({ stack }) => {
      if (!stack) return null
      const answer = await fetch(`${stack.url}/health/ready`)
      return answer.ok ? null : `answers ${answer.status}`
    },
  },
]

/** `npm run doctor`: checks a deployment part by part and says what to fix. */
await command(async () => {
  const deployment = await connect()
  const findings: (Finding & { fix: string })[] = []
  for (const check of checks) {
    const problem = await check
      .run(deployment)
      .catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
    findings.push({ name: check.name, problem, fix: check.fix })
    const about = problem === null ? await check.about?.(deployment) : undefined
    process.stdout.write(
      problem === null
        ? `✓ ${check.name}${about === undefined ? '' : `: ${about}`}\n`
        : `✕ ${check.name}: ${problem}\n  to fix: ${check.fix}\n`,
    )
  }
  const bad = findings.filter(({ problem }) => problem !== null)
  if (bad.length > 0) throw new Error(`${bad.length} of ${findings.length} checks failed.`)
})
