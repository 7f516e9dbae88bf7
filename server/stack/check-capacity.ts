import { createCapacity } from '#server/adapters/capacity/create.ts'
import { capacityEnv } from '#server/adapters/capacity/env.ts'
import type { Deployment } from './connect.ts'
import { readRented } from './rented-boxes.ts'

const weekMs = 7 * 24 * 3_600_000

/** Whether some server offered to rent boxes lately: then none need be online. */
export async function rentsBoxes({ supabase }: Deployment): Promise<boolean> {
  const since = new Date(Date.now() - weekMs).toISOString()
  const { count } = await supabase
    .from('capacity_pools')
    .select('name', { count: 'exact', head: true })
    .gte('seen_at', since)
  return (count ?? 0) > 0
}

/** What is wrong with renting boxes: keys, endpoint, image, GPU types, address; null when nothing is, or none is rented. */
export async function capacityProblem(deployment: Deployment): Promise<string | null> {
  const { supabase, env, supabaseUrl } = deployment
  const parsed = capacityEnv.safeParse(env)
  if (!parsed.success) return parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
  const serverUrl = env.PUBLIC_URL ?? ''
  const capacity = createCapacity(parsed.data, { supabaseUrl, serverUrl, templates: [] })
  if (capacity !== null) {
    if (capacity.providers.length === 0)
      return 'RUNPOD_API_KEY is set, but neither RUNPOD_ENDPOINT_ID nor RUNPOD_POD_IMAGE or RUNPOD_POD_TEMPLATE_ID'
    const { signal } = new AbortController()
    const problems = await Promise.all(capacity.providers.map(({ check }) => check(signal)))
    const first = problems.find((problem) => problem !== null)
    if (first !== undefined) return first
  }
  const unwatched = (await readRented(supabase)).filter(({ watched }) => !watched)
  if (unwatched.length > 0) {
    const which = unwatched.map(({ name, provider, remote_id: id }) => `${name} (${provider} ${id ?? 'id unknown'})`)
    return `rented, and no server of ours speaks to their provider: ${which.join(', ')}. Set its key again, or end them there and say so: npm run fleet -- --gone <name>`
  }
  const { data, error } = await supabase
    .from('alerts')
    .select('subject, detail')
    .eq('kind', 'capacity')
    .is('closed_at', null)
  if (error) return error.message
  const [open] = data
  return open === undefined ? null : `${String(open.subject)}: ${JSON.stringify(open.detail)}`
}

/** Boxes that are rented, and what they cost. */
export async function describeCapacity({ supabase }: Deployment): Promise<string> {
  const [pools, boxes] = await Promise.all([
    supabase.from('capacity_pools').select('name, problem'),
    supabase.from('boxes').select('state, usd_per_hour').neq('state', 'gone'),
  ])
  if (pools.error) throw new Error(pools.error.message)
  if (boxes.error) throw new Error(boxes.error.message)
  if (pools.data.length === 0) return 'no boxes are rented; set RUNPOD_API_KEY to do so'
  const rate = boxes.data.reduce((sum, box) => sum + Number(box.usd_per_hour), 0)
  const names = pools.data
    .map(({ name, problem }) => (problem === null ? String(name) : `${String(name)} (last: ${String(problem)})`))
    .join(', ')
  const states = boxes.data.map(({ state }) => String(state)).join(', ')
  return boxes.data.length === 0
    ? `from ${names}; none is rented now`
    : `from ${names}; rented: ${states} ($${rate.toFixed(2)} an hour)`
}
