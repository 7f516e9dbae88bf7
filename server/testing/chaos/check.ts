import type { FailureCode } from '#shared/jobs/rules.ts'
import { brokenInvariants } from '#supabase/tests/invariant-list.ts'
import { specOf } from './fault-kinds.ts'
import type { Pressed } from './load.ts'
import { until } from './patience.ts'
import type { Plan } from './plan.ts'
import type { ChaosStack } from './stack.ts'
import type { Watcher } from './watcher.ts'

/** A broken promise: its id in the matrix, and by what. */
export type Offence = { promise: string; offence: string }

export type Ended = { id: string; owner: string; status: string; version: number; code: FailureCode | null }

/** The rows as they ended. */
export async function readEnds({ cluster }: ChaosStack): Promise<Ended[]> {
  const { rows } = await cluster.pool.query<Ended>(
    `select j.id, j.owner, j.status::text, j.version, j.error_code as code
     from public.jobs j join public.job_specs s on s.job_id = j.id where s.prompt <> 'before' order by j.id`,
  )
  return rows
}

/** I1 to I10 in SQL. Where messages could be lost for good, the newest one says nothing about the row. */
export async function checkDatabase({ cluster }: ChaosStack, plan: Plan): Promise<Offence[]> {
  const muted = plan.faults.some(({ kind }) => specOf(kind).mayMute === true)
  const { rows: untold } = await cluster.pool.query<{ offence: string }>(
    `select j.id || ': row ' || j.status || ', told ' || m.status as offence
     from public.jobs j join (
       select distinct on (x.payload ->> 'id') x.payload ->> 'id' as id, x.payload ->> 'status' as status
       from realtime.messages x where x.event = 'job'
       order by x.payload ->> 'id', (x.payload ->> 'version')::int desc) m on m.id = j.id::text
     where m.status <> j.status::text`,
  )
  const ends = untold.map(({ offence }) => ({ broken: 'I7 the newest message names the end', offence }))
  const found = [...(await brokenInvariants(cluster)), ...ends]
  return found
    .filter(({ broken }) => !(muted && broken.startsWith('I7')))
    .map(({ broken, offence }) => ({ promise: broken, offence }))
}

/**
 * Every claim has left a row, nobody is tried more often than its kind may be, and only the attempt that made the
 * picture says so. An attempt that was claimed ahead costs none until it begins, and one that was handed back none at all.
 */
const brokenAttempts = `
  select j.id || ': epoch ' || j.epoch || ', ' || count(a.epoch) || ' attempts' as offence
  from public.jobs j left join public.job_attempts a on a.job_id = j.id
  where j.epoch > 0 group by j.id having count(a.epoch) <> j.epoch or max(a.epoch) <> j.epoch
  union all
  select j.id || ': ' || count(*) || ' attempts were spent, of ' || k.max_attempts || ' that it has' as offence
  from public.jobs j join public.job_kinds k on k.kind = j.kind join public.job_attempts a on a.job_id = j.id
  where a.outcome in ('lost', 'failed') and not a.ahead group by j.id, k.max_attempts having count(*) > k.max_attempts
  union all
  select j.id || ': ' || j.attempts || ' attempts are counted, of ' || k.max_attempts || ' that it has'
  from public.jobs j join public.job_kinds k on k.kind = j.kind where j.attempts not between 0 and k.max_attempts
  union all
  select a.job_id || ': attempt ' || a.epoch || ' was ' || coalesce(a.outcome::text, 'never ended') || ' and made a picture'
  from public.job_attempts a where a.gpu_ms is not null and a.outcome is distinct from 'succeeded'
  union all
  select a.job_id || ' has ' || count(*) || ' pictures' from public.assets a
  where a.kind = 'output' and a.job_id is not null group by a.job_id having count(*) > 1`

export async function checkAttempts({ cluster }: Pick<ChaosStack, 'cluster'>): Promise<Offence[]> {
  const { rows } = await cluster.pool.query<{ offence: string }>(brokenAttempts)
  return rows.map(({ offence }) => ({ promise: 'I4 each attempt counts, and writes for itself', offence }))
}

/** What people were told against what is so: every acknowledged press and cancel stands, and nothing exists twice. */
export function checkTold(pressed: readonly Pressed[], rows: readonly Ended[], refusals: readonly string[]): Offence[] {
  const byId = new Map(rows.map((row) => [row.id, row]))
  const told = new Set<string>()
  const offences: Offence[] = []
  const say = (offence: string) => offences.push({ promise: 'I3 what was answered is so', offence })
  for (const { press, answers, settled, canceled } of pressed) {
    if (!settled) say(`press ${press.requestId} was never answered`)
    const jobs = answers.filter((answer) => typeof answer !== 'string')
    if (new Set(jobs.map(String)).size > 1) say(`press ${press.requestId} was answered with different jobs`)
    for (const code of answers) {
      if (typeof code === 'string' && !refusals.includes(code)) say(`press ${press.requestId} was refused with ${code}`)
    }
    for (const id of jobs.flat()) {
      told.add(id)
      if (!byId.has(id)) say(`job ${id} was promised and does not exist`)
    }
    if (canceled !== null && byId.get(canceled)?.status !== 'canceled') say(`${canceled} was canceled and went on`)
  }
  // Where an answer is missing its jobs may exist, and nobody can tell whose they are.
  const extra = pressed.every(({ settled }) => settled) ? rows.filter(({ id }) => !told.has(id)) : []
  for (const { id, status } of extra) say(`job ${id} (${status}) was made and nobody was told`)
  return offences
}

/** A job may fail only for a reason that a fault of the plan can be. */
export function checkFailures(plan: Plan, rows: readonly Ended[]): Offence[] {
  const allowed = new Set(plan.faults.flatMap(({ kind }) => specOf(kind).mayEnd ?? []))
  // Three attempts, each lost to another fault, are the end of a job as well.
  const restarts = plan.faults.filter(({ kind }) =>
    /killed|frozen|lost|stop|cut|restored|terminated|restart|away|silent/.test(kind),
  )
  if (restarts.length > 1) allowed.add('WORKER_LOST')
  return rows.flatMap(({ id, status, code }) =>
    status === 'failed' && (code === null || !allowed.has(code))
      ? [{ promise: 'I2 nothing fails without a cause', offence: `${id}: ${code}` }]
      : [],
  )
}

/** I7: what a page shows is the row; with `all`, of every job, else of those that it has heard of. */
export function behindOf(watcher: Watcher, rows: readonly Ended[], all: boolean): string[] {
  const { jobs } = watcher.engine.state.get()
  return rows
    .filter(({ owner }) => owner === watcher.owner.id)
    .flatMap((row) => {
      const held = jobs[row.id]
      if (held?.status === row.status && held.version === row.version) return []
      if (held === undefined && !all) return []
      return [`${row.id}: row ${row.status} v${row.version}, page ${held?.status ?? 'nothing'} v${held?.version ?? 0}`]
    })
}

/** Pictures of jobs that ended well are in storage, and every hold of theirs is over. */
export async function checkPictures({ cluster }: ChaosStack): Promise<Offence[]> {
  const { rows } = await cluster.pool.query<{ offence: string }>(
    `select j.id || ' has no picture' as offence from public.jobs j
     where j.status = 'succeeded' and j.started_at is not null and not exists (
       select from public.assets a join storage.objects o on o.name = a.storage_key
       where a.job_id = j.id and a.kind = 'output')
     union all
     select o.owner || ' holds ' || o.held from public.accounts o where o.held <> 0`,
  )
  return rows.map(({ offence }) => ({ promise: 'I3 what was made is there', offence }))
}

/** How many predictions were made at the provider so far, over all runs. */
export async function paidFor({ provider }: ChaosStack): Promise<number> {
  return provider === null ? 0 : (await provider.predictions()).length
}

const bookedMs = 5_000

/**
 * I4 and I8 where money leaves the house: no attempt at a provider has made more than one prediction, and whatever was
 * rendered there is in the day's books, each attempt's cost once. `before`: predictions of the runs before this one.
 */
export async function checkPaid(stack: ChaosStack, before: number, patience: number): Promise<Offence[]> {
  const { provider, cluster } = stack
  if (provider === null) return []
  const read = async () => {
    const made = (await provider.predictions()).slice(before)
    const { rows } = await cluster.pool.query<{ attempts: number; paid: number; micros: number; spent: number }>(
      `select count(*)::int as attempts, count(*) filter (where a.cost_usd_micros > 0)::int as paid,
         coalesce(sum(a.cost_usd_micros), 0)::int as micros,
         (select coalesce(sum(d.usd_micros), 0) from public.spend_days d)::int as spent
       from public.job_attempts a where a.backend = 'replicate'`,
    )
    const { attempts = 0, paid = 0, micros = 0, spent = 0 } = rows[0] ?? {}
    const rendered = made.filter(({ status }) => status === 'succeeded').length
    return { made: made.length, rendered, attempts, paid, micros, spent }
  }
  // What a server that was away has not heard yet is told again.
  await until(bookedMs * patience, async () => {
    const { rendered, paid } = await read()
    return rendered <= paid
  })
  const { made, rendered, attempts, paid, micros, spent } = await read()
  const offences: string[] = []
  if (made > attempts) offences.push(`${made} predictions were made for ${attempts} attempts`)
  if (rendered > paid) offences.push(`${rendered} predictions were rendered and ${paid} attempts are booked`)
  if (micros > spent) offences.push(`attempts cost ${micros} and the day's books say ${spent}`)
  return offences.map((offence) => ({ promise: 'I8 a provider is paid once, and what it cost is booked', offence }))
}

const givenBackMs = 15_000

/**
 * I8 where boxes are rented: once nothing is wanted any more every box is given back, and what they cost is in the
 * day's books. A wake whose answer was lost and whose box never came costs nothing and is nobody's.
 */
export async function checkRented({ rented, cluster }: ChaosStack, patience: number): Promise<Offence[]> {
  if (rented === null) return []
  await cluster.pool.query('update public.settings set capacity_min = 0, capacity_max = 0')
  const { boxes } = rented.standin
  const left = () => boxes.alive().filter((box) => box.kind === 'pod' || box.fate !== 'stuck')
  const open = `select name, state, remote_id from public.boxes where state <> 'gone' and remote_id is not null`
  const isOver = async () => left().length === 0 && (await cluster.pool.query(open)).rows.length === 0
  if (!(await until(givenBackMs * patience, isOver))) {
    const kept = left().map(({ kind, name, fate }) => `${kind} ${name} ${fate ?? ''} is still rented`)
    const rows = (await cluster.pool.query<object>(open)).rows.map((row) => JSON.stringify(row))
    return [...kept, ...rows].map((offence) => ({ promise: 'I8 every rented box is given back', offence }))
  }
  const { rows } = await cluster.pool.query<{ rent: number; spent: number }>(
    `select (select coalesce(sum(b.usd_micros), 0) from public.boxes b)::int as rent,
       (select coalesce(sum(d.usd_micros), 0) from public.spend_days d)::int
         - (select coalesce(sum(a.cost_usd_micros), 0) from public.job_attempts a where a.backend = 'replicate')::int as spent`,
  )
  return rows
    .filter(({ rent, spent }) => rent > spent)
    .map(({ rent, spent }) => ({ promise: 'I8 rent is booked', offence: `${rent} of boxes, ${spent} of the day` }))
}

/** I10: no secret of the installation, no token and no signed address in any line that a part has printed. */
export function checkLogs(stack: Pick<ChaosStack, 'lines' | 'secrets'>): Offence[] {
  const all = stack.lines.map(({ part, text }) => ({ part, text }))
  const secrets = Object.entries(stack.secrets)
  return all.flatMap(({ part, text }) => {
    const named = secrets.filter(([, secret]) => text.includes(secret)).map(([name]) => name)
    if (/eyJ[\w-]{10,}\.eyJ/.test(text)) named.push('a token')
    return named.map((name) => ({ promise: 'I10 no secret in a log', offence: `${part} printed ${name}` }))
  })
}
