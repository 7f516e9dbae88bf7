import { createHash } from 'node:crypto'
import { createTRPCClient, httpLink } from '@trpc/client'
import type { AppRouter } from '#server/trpc/root.ts'
import { painted, png } from '#server/testing/images.ts'
import { patienceNow } from './patience.ts'
import type { ChaosStack } from './stack.ts'

export type Owner = {
  id: string
  anonymous: boolean
  assets: string[]
  /** A work image and what is painted on it. */
  repaint: { work: string; mask: string }
}
export type Api = ReturnType<typeof createTRPCClient<AppRouter>>

/** How the times of a run are: a lease of 2 s on an idle machine, which the sweep looks at five times a second. */
export const queueTimes = (patience: number) => {
  const stages = { starting: 6, loading: 6, sampling: 5, decoding: 5, saving: 8 }
  const longer = Object.fromEntries(Object.entries(stages).map(([stage, seconds]) => [stage, seconds * patience]))
  return `update public.job_kinds set lease_s = ${2 * patience}, max_run_s = ${30 * patience},
    stage_timeouts_s = '${JSON.stringify(longer)}'`
}
/** Wide enough that the load is the plan's to choose. */
const room = `update public.settings set variants = variants || '{"remix": "schnell"}', worker_cap = 200,
  capacity_max = 0, running_caps = '{"paid": 40, "free": 40, "anon": 40}', open_caps = '{"anonymous": 400, "permanent": 400}'`

/** One image that was made for free this morning, with books that agree. */
const usedFree = `
  with made as (
    insert into public.jobs (id, owner, request_id, ordinal, lane, purse, price, steps, mode, variant, model_key,
      min_trust, transmission, status)
    select id, $1, gen_random_uuid(), 0, 'free', 'free', 1, 5, 'remix', 'schnell', 'flux1-schnell', 'community',
      right(id::text, 8), 'succeeded'
    from (select gen_random_uuid() as id from generate_series(1, $3)) s returning id),
  spec as (
    insert into public.job_specs (job_id, request_hash, prompt, negative, creativity, chaos, seed, params, inputs, workflow_hash)
    select id, 'none', 'before', '', 50, 30, '1', '{}', '[]', 'none' from made),
  held as (
    insert into public.free_holds (job_id, buckets, day) select id, array[$2], private.utc_day() from made)
  insert into public.free_usage (bucket, day, used) values ($2, private.utc_day(), $3)`
/** The default of settings.free_caps for one account. */
const freeCap = 10

/** A client of the server as a browser has one, through the line that faults are put into. */
export function apiOf(url: string, token: string | null, timeoutMs = 4_000): Api {
  return createTRPCClient<AppRouter>({
    links: [
      httpLink({
        url: `${url}/trpc`,
        headers: token === null ? {} : { authorization: `Bearer ${token}` },
        fetch: (input, init) =>
          fetch(input as string, { ...(init as RequestInit), signal: AbortSignal.timeout(timeoutMs) }),
      }),
    ],
  })
}

/** People whose free images of today are used up, members who have them, guests; each with images and a painted mask. Made through the studio's own doors. */
export async function peopleWorld(
  stack: ChaosStack,
  { buyers, members, guests }: { buyers: number; members: number; guests: number },
) {
  const { pool } = stack.cluster
  await pool.query(queueTimes(patienceNow()))
  await pool.query(room)
  const hash = (key: string) => createHash('sha256').update(key).digest('hex')
  await pool.query(`select public.create_worker_key('chaos', $1, 'chaos', 'own')`, [hash(stack.workerKey)])
  await pool.query(`select public.create_worker_key('provider', $1, 'provider', 'provider')`, [hash(stack.providerKey)])
  const owners: Owner[] = []
  for (let index = 0; index < members + guests; index += 1) {
    const owner = await makeOwner(stack, index >= members)
    owners.push(owner)
    if (index < buyers) await pool.query(usedFree, [owner.id, `account:${owner.id}`, freeCap])
  }
  return owners
}

async function makeOwner(stack: ChaosStack, anonymous: boolean): Promise<Owner> {
  const id = anonymous ? await signUpGuest(stack) : await signUpMember(stack)
  const api = apiOf(stack.page.url, await stack.token(id, 3_600, anonymous))
  if (!anonymous) {
    await stack.cluster.pool.query(`select public.grant_credits($1, 500, 'grant', $2)`, [id, `chaos:${id}`])
  }
  const assets = await Promise.all([96, 80, 72, 64].map(async (width) => upload(api, await png({ width, height: 64 }))))
  return { id, anonymous, assets, repaint: await paintOn(api, assets[0] ?? '') }
}

const area = { left: 16, top: 24, width: 40, height: 32 }

async function paintOn(api: Api, assetId: string): Promise<Owner['repaint']> {
  const work = await api.assets.prepareWork.mutate({ assetId, mode: 'inpaint' })
  return { work: work.id, mask: await upload(api, await painted(work, area), work.id) }
}

async function upload(api: Api, bytes: Uint8Array, maskOf?: string): Promise<string> {
  const ticket = await api.assets.requestUpload.mutate({ mime: 'image/png', bytes: bytes.byteLength })
  const put = await fetch(ticket.url, { method: 'PUT', headers: ticket.headers, body: Uint8Array.from(bytes) })
  await put.arrayBuffer()
  if (!put.ok) throw new Error(`the upload was answered ${put.status}`)
  return (await api.assets.confirm.mutate({ uploadId: ticket.uploadId, ...(maskOf && { maskOf }) })).id
}

async function signUpGuest({ api, keys }: ChaosStack): Promise<string> {
  const answer = await fetch(`${api.url}/auth/v1/signup`, {
    method: 'POST',
    headers: { apikey: keys.publishableKey, 'content-type': 'application/json' },
    body: '{}',
  })
  const body = (await answer.json()) as { user: { id: string } }
  return body.user.id
}

async function signUpMember({ api, keys }: ChaosStack): Promise<string> {
  const name = Math.random().toString(36).slice(2)
  const answer = await fetch(`${api.url}/auth/v1/admin/users`, {
    method: 'POST',
    headers: {
      apikey: keys.secretKey,
      authorization: `Bearer ${keys.secretKey}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ email: `${name}@example.test`, password: `${name}-${name}`, email_confirm: true }),
  })
  const body = (await answer.json()) as { id: string }
  return body.id
}
