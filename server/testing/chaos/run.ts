import { setTimeout as wait } from 'node:timers/promises'
import type { Pool } from 'pg'
import { type Ended, type Offence, paidFor, readEnds } from './check.ts'
import { checkAll } from './check-run.ts'
import { specOf } from './fault-kinds.ts'
import { inject } from './inject/inject.ts'
import { holdBoxes, type Stage } from './inject/stage.ts'
import { type Pressed, startLoad } from './load.ts'
import { patienceNow, until } from './patience.ts'
import type { Plan } from './plan.ts'
import { openJobs, rest, restMs } from './rest.ts'
import { type ChaosStack, healAll, partsOf } from './stack.ts'
import { usedSeconds } from './usage.ts'
import { openWatcher, type Watcher } from './watcher.ts'
import { type Owner, queueTimes } from './world.ts'

export type World = { stack: ChaosStack; owners: readonly Owner[]; prices: Readonly<Record<string, number>> }

export type RunResult = {
  plan: Plan
  ms: number
  /** Seconds of processor time of all parts and of the harness. */
  cpuSeconds: number
  /** How many times longer than on an idle machine everything was given: 1 = a page's 5 s were 5 s. */
  patience: number
  /** Where the time went, milliseconds: a fresh database, faults and presses, coming to rest, the checks. */
  phases: Readonly<Record<'renew' | 'act' | 'rest' | 'check', number>>
  ends: Readonly<Record<string, number>>
  offences: Offence[]
  /** Faults that nothing has met. */
  missed: string[]
  /** Each press with what was told about it. */
  pressed: Pressed[]
}

const sweepMs = 200

/**
 * One run: a fresh database, the plan, rest, the checks. Whatever it did to the lines is undone. `tamper` breaks the
 * product in this run's database, to see that the checks notice.
 */
export async function runPlan(world: World, plan: Plan, tamper?: (pool: Pool) => Promise<void>): Promise<RunResult> {
  const { stack } = world
  const began = performance.now()
  const usedBefore = await usedSeconds()
  const pace = { patience: patienceNow() }
  const before = await paidFor(stack)
  const marks = [began]
  const mark = () => void marks.push(performance.now())
  await renew(stack, plan, pace.patience)
  await tamper?.(stack.cluster.pool)
  mark()
  const run = openRun(world, plan, pace)
  try {
    const pressed = await act(world, run)
    mark()
    const unrest = await rest(stack, pace.patience)
    mark()
    const { patience } = pace
    const broken = await checkAll(world, { plan, watchers: run.watchers, pressed, patience, before })
    mark()
    const [renewed = 0, acted = 0, rested = 0, checked = 0] = marks
      .slice(1)
      .map((at, index) => at - (marks[index] ?? at))
    return {
      plan,
      ms: performance.now() - began,
      cpuSeconds: (await usedSeconds()) - usedBefore,
      phases: { renew: renewed, act: acted, rest: rested, check: checked },
      ends: countEnds(await readEnds(stack)),
      offences: [...run.seen, ...unrest, ...broken],
      patience,
      missed: run.missed,
      pressed,
    }
  } finally {
    await run.close()
  }
}

type Pace = { patience: number }

/** What goes on beside a run, and what its faults have to say and to undo. */
type Run = {
  plan: Plan
  pace: Pace
  watchers: readonly Watcher[]
  ended: AbortSignal
  missed: string[]
  seen: Offence[]
  atEnd: (undo: () => unknown) => void
  close: () => Promise<void>
}

function openRun({ stack, owners }: World, plan: Plan, pace: Pace): Run {
  const watchers = [0, 0, owners.length - 1].flatMap((index) => {
    const owner = owners[index]
    return owner ? [openWatcher(stack, owner)] : []
  })
  const undo: (() => unknown)[] = []
  const ended = new AbortController()
  const beside = Promise.all([
    sweepOften(stack, ended.signal),
    tickOften(stack, plan, ended.signal),
    keepPatient(stack, pace, ended.signal),
  ])
  return {
    plan,
    pace,
    watchers,
    ended: ended.signal,
    missed: [],
    seen: [],
    atEnd: (back) => void undo.push(back),
    async close() {
      ended.abort()
      await beside
      for (const watcher of watchers) watcher.stop()
      for (const back of undo) await back()
      healAll(stack)
      await stack.rented?.clear()
    },
  }
}

/** Everybody presses, every fault strikes, and all lines are good again. */
async function act(world: World, run: Run): Promise<Pressed[]> {
  const { stack } = world
  const { plan, pace, watchers, ended } = run
  for (const watcher of watchers) watcher.start()
  if (plan.faults.some(({ kind }) => specOf(kind).alone === true)) holdBoxes({ stack, atEnd: run.atEnd })
  const pageOf = (owner: Owner) => watchers.find((watcher) => watcher.owner === owner)
  const load = startLoad({ ...world, plan, pageOf, until: ended })
  let isCalm = false
  void untilCalm(stack, load.done, ended).then(() => (isCalm = true))
  const stage: Stage = {
    stack,
    watchers,
    get patience() {
      return pace.patience
    },
    isCalm: () => isCalm,
    missed: (what) => void run.missed.push(what),
    broke: (offence) => void run.seen.push(offence),
    atEnd: run.atEnd,
  }
  await Promise.all(plan.faults.map((fault) => wait(fault.atMs).then(() => inject(fault, stage))))
  healAll(stack)
  await Promise.race([load.done, wait(restMs * pace.patience)])
  return load.pressed
}

/** Replaces the database, sets how long a box may be silent, and waits until the parts have found the new one. */
async function renew(stack: ChaosStack, plan: Plan, patience: number): Promise<void> {
  const { cluster, wire } = stack
  // Whoever asks meanwhile waits a moment instead of being told that there is no database.
  wire.mode = 'freeze'
  await cluster.renew()
  wire.mode = 'pass'
  await cluster.pool.query(
    `update public.workers set last_seen = now(), active_at = now(); update private.sweep_state set swept_at = now(); ${queueTimes(patience)}`,
  )
  for (const settings of new Set(plan.faults.flatMap(({ kind }) => specOf(kind).settings ?? []))) {
    await cluster.pool.query(`update public.settings set ${settings}`)
  }
  await Promise.all([...stack.boxes.map((box) => box.steer({ patience })), stack.provider?.steer(patience)])
  const streams = `select count(*)::int as n from pg_replication_slots where database = current_database()
    and active and confirmed_flush_lsn is not null`
  await until(5_000 * patience, async () => (await cluster.pool.query<{ n: number }>(streams)).rows[0]?.n === 1)
  await Promise.all(
    [
      stack.server,
      stack.apiProcess,
      ...stack.boxes.map(({ worker }) => worker),
      ...(stack.provider ? [stack.provider.worker] : []),
    ].map((one) => one.up()),
  )
  stack.lines.length = 0
  for (const part of partsOf(stack)) part.ownEnds.length = 0
}

/** As pg_cron does on a hosted project. */
async function sweepOften({ cluster }: ChaosStack, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await cluster.pool.query('select public.sweep()').catch(() => undefined)
    await wait(sweepMs, undefined, { signal }).catch(() => undefined)
  }
}

/** Resolves once everybody has pressed and nothing is open. */
async function untilCalm({ cluster }: ChaosStack, pressed: Promise<void>, signal: AbortSignal): Promise<void> {
  await pressed
  while (!signal.aborted) {
    const open = await cluster.pool.query(openJobs).catch(() => null)
    if (open?.rows.length === 0) return
    await wait(200)
  }
}

/** Who else loads the machine does not wait for a run to end. */
async function keepPatient(stack: ChaosStack, pace: Pace, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await wait(1_000, undefined, { signal }).catch(() => undefined)
    const now = patienceNow()
    if (now <= pace.patience || signal.aborted) continue
    pace.patience = now
    await stack.cluster.pool.query(queueTimes(now)).catch(() => undefined)
    await Promise.all([...stack.boxes.map((box) => box.steer({ patience: now })), stack.provider?.steer(now)])
  }
}

const tickMs = 300

/** As a cron service calls `/tick`: only where boxes are rented, which the server's own loop looks after seldom. */
async function tickOften({ tick }: ChaosStack, plan: Plan, signal: AbortSignal): Promise<void> {
  if (!plan.faults.some(({ kind }) => specOf(kind).rents === true)) return
  while (!signal.aborted) {
    await tick().catch(() => undefined)
    await wait(tickMs, undefined, { signal }).catch(() => undefined)
  }
}

function countEnds(rows: readonly Ended[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { status } of rows) counts[status] = (counts[status] ?? 0) + 1
  return counts
}
