import type { FailureCode } from '#shared/jobs/rules.ts'
import { brokenInvariants } from '#supabase/tests/invariant-list.ts'
import { specOf } from './fault-kinds.ts'
import type { Pressed } from './load.ts'
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
  const found = await brokenInvariants(cluster)
  return found
    .filter(({ broken }) => !(muted && broken.startsWith('I7')))
    .map(({ broken, offence }) => ({ promise: broken, offence }))
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
    /killed|frozen|lost|stop|cut|restored|terminated|restart/.test(kind),
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
