import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Pool } from 'pg'
import {
  behindOf,
  checkAttempts,
  checkDatabase,
  checkFailures,
  checkLogs,
  checkPaid,
  checkPictures,
  checkRented,
  checkTold,
  type Ended,
  type Offence,
  paidFor,
  readEnds,
} from './check.ts'
import { specOf } from './fault-kinds.ts'
import { inject } from './inject/inject.ts'
import { holdBoxes } from './inject/stage.ts'
import { type Pressed, startLoad } from './load.ts'
import { patienceNow, until } from './patience.ts'
import type { Plan } from './plan.ts'
import { checkRepainted } from './repaint.ts'
import { type Box, type ChaosStack, healAll } from './stack.ts'
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

/** How long after the last fault everything may take to come to rest, and a page to show it; milliseconds. */
const restMs = 25_000
const laidDownMs = 10_000
const shownMs = 5_000
/** How long a page that somebody looks at again may take. */
const lookedAtMs = 2_000
const sweepMs = 200

/**
 * One run: a fresh database, the plan, rest, the checks. Whatever it did to the lines is undone. `tamper` breaks the
 * product in this run's database, to see that the checks notice.
 */
export async function runPlan(world: World, plan: Plan, tamper?: (pool: Pool) => Promise<void>): Promise<RunResult> {
  const { stack, owners } = world
  const began = performance.now()
  const usedBefore = await usedSeconds()
  const patience = patienceNow()
  const before = await paidFor(stack)
  const marks: number[] = [began]
  const mark = () => void marks.push(performance.now())
  await renew(stack, plan, patience)
  await tamper?.(stack.cluster.pool)
  mark()
  const watchers = [0, 0, owners.length - 1].flatMap((index) => {
    const owner = owners[index]
    return owner ? [openWatcher(stack, owner)] : []
  })
  const undo: (() => unknown)[] = []
  const missed: string[] = []
  const seen: Offence[] = []
  const ended = new AbortController()
  const pace = { patience }
  const sweeping = Promise.all([
    sweepOften(stack, ended.signal),
    tickOften(stack, plan, ended.signal),
    keepPatient(stack, pace, ended.signal),
  ])
  try {
    for (const watcher of watchers) watcher.start()
    const pageOf = (owner: Owner) => watchers.find((watcher) => watcher.owner === owner)
    if (plan.faults.some(({ kind }) => specOf(kind).alone === true)) {
      holdBoxes({ stack, atEnd: (back) => void undo.push(back) })
    }
    const load = startLoad({ ...world, plan, pageOf, until: ended.signal })
    let isCalm = false
    void untilCalm(stack, load.done, ended.signal).then(() => (isCalm = true))
    const stage = {
      stack,
      watchers,
      get patience() {
        return pace.patience
      },
      isCalm: () => isCalm,
      missed: (what: string) => void missed.push(what),
      broke: (offence: Offence) => void seen.push(offence),
      atEnd: (back: () => unknown) => void undo.push(back),
    }
    await Promise.all(plan.faults.map((fault) => wait(fault.atMs).then(() => inject(fault, stage))))
    healAll(stack)
    await Promise.race([load.done, wait(restMs * pace.patience)])
    mark()
    const unrest = await rest(stack, pace.patience)
    mark()
    const given = pace.patience
    const offences = [
      ...seen,
      ...unrest,
      ...(await checkAll(world, { plan, watchers, pressed: load.pressed, patience: given, before })),
    ]
    mark()
    const rows = await readEnds(stack)
    const [renewed = 0, acted = 0, rested = 0, checked = 0] = marks
      .slice(1)
      .map((at, index) => at - (marks[index] ?? at))
    return {
      plan,
      ms: performance.now() - began,
      cpuSeconds: (await usedSeconds()) - usedBefore,
      phases: { renew: renewed, act: acted, rest: rested, check: checked },
      ends: countEnds(rows),
      offences,
      patience: given,
      missed,
      pressed: load.pressed,
    }
  } finally {
    ended.abort()
    await sweeping
    for (const watcher of watchers) watcher.stop()
    for (const back of undo) await back()
    healAll(stack)
    await stack.rented?.clear()
  }
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
  for (const part of parts(stack)) part.ownEnds.length = 0
}

const parts = (stack: ChaosStack) => [
  stack.server,
  stack.apiProcess,
  ...stack.boxes.flatMap(({ worker, engine }) => [worker, engine]),
  ...(stack.provider ? [stack.provider.worker, stack.provider.standin] : []),
]

/** As pg_cron does on a hosted project. */
async function sweepOften({ cluster }: ChaosStack, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await cluster.pool.query('select public.sweep()').catch(() => undefined)
    await wait(sweepMs, undefined, { signal }).catch(() => undefined)
  }
}

const openJobs = `select id, status::text, stage::text, epoch, attempts from public.jobs where status in ('queued', 'running')`

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
async function keepPatient(stack: ChaosStack, pace: { patience: number }, signal: AbortSignal): Promise<void> {
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

/** Waits until nothing is open: rows, then what the boxes still have in hand. */
async function rest(stack: ChaosStack, patience: number): Promise<Offence[]> {
  const rested = await until(
    restMs * patience,
    async () => (await stack.cluster.pool.query(openJobs)).rows.length === 0,
  )
  if (!rested) {
    const { rows } = await stack.cluster.pool.query<object>(openJobs)
    return rows.map((row) => ({ promise: 'I3 everything comes to an end', offence: JSON.stringify(row) }))
  }
  const folders = [...stack.boxes, ...(stack.provider ? [stack.provider] : [])].map(({ data }) => data)
  const inHand = async () => (await Promise.all(folders.map(journalOf))).flat()
  const laidDown = await until(laidDownMs * patience, async () => (await inHand()).length === 0)
  // An engine that hears no cancel is restarted by its box; until then the box is not at rest.
  const idle = await until(laidDownMs * patience, async () =>
    (await Promise.all(stack.boxes.map(isIdle))).every(Boolean),
  )
  if (laidDown && idle) return []
  if (laidDown) return [{ promise: 'I3 a box lays down what is over', offence: 'an engine still runs something' }]
  return (await inHand()).map((name) => ({ promise: 'I3 a box lays down what is over', offence: name }))
}

async function isIdle({ comfy }: Box): Promise<boolean> {
  const answer = await fetch(`${comfy.url}/standin/state`, { signal: AbortSignal.timeout(1_000) })
  return ((await answer.json()) as { running: string | null }).running === null
}

async function journalOf(data: string): Promise<string[]> {
  const names = await readdir(join(data, 'worker', 'journal')).catch(() => [])
  return names.filter((name) => name.endsWith('.json'))
}

type Seen = { plan: Plan; watchers: readonly Watcher[]; pressed: readonly Pressed[]; patience: number; before: number }

/** What may be answered to a press while the cap is reached: what was free a moment ago may cost credits now. */
const refusals = ['SPEND_CAP_REACHED', 'FREE_PAUSED', 'PRICE_CHANGED']

async function checkAll(world: World, { plan, watchers, pressed, patience, before }: Seen): Promise<Offence[]> {
  const { stack } = world
  const rows = await readEnds(stack)
  const done = new Set(rows.flatMap(({ id, status }) => (status === 'succeeded' ? [id] : [])))
  const told = checkTold(pressed, rows, plan.faults.some(({ kind }) => kind === 'cap-reached') ? refusals : [])
  const shown = await checkShown(watchers, rows, patience)
  const exits = parts(stack).flatMap(({ name, ownEnds }) => ownEnds.map((how) => ({ name, how })))
  return [
    ...(await checkDatabase(stack, plan)),
    ...(await checkAttempts(stack)),
    ...told,
    ...checkFailures(plan, rows),
    ...(await checkPictures(stack)),
    ...(await checkRepainted(world, pressed, done)),
    ...(await checkPaid(stack, before, patience)),
    ...(await checkRented(stack, patience)),
    ...shown,
    ...checkLogs(stack),
    ...exits
      .filter(
        ({ name }) => !plan.faults.some(({ kind }) => specOf(kind).mayExit?.some((part) => name.startsWith(part))),
      )
      .map(({ name, how }) => ({ promise: 'no process ends by itself', offence: `${name}: ${how}` })),
  ]
}

/**
 * The page that pressed shows every row by itself. Another device shows what it has heard of; of the rest it learns when
 * somebody looks at it, since an idle page asks every 30 s only and a message may be lost.
 */
async function checkShown(watchers: readonly Watcher[], rows: readonly Ended[], patience: number): Promise<Offence[]> {
  const isFirst = (watcher: Watcher) => watchers.find(({ owner }) => owner === watcher.owner) === watcher
  const behind = (all: boolean) => watchers.flatMap((watcher) => behindOf(watcher, rows, all || isFirst(watcher)))
  await until(shownMs * patience, () => Promise.resolve(behind(false).length === 0))
  const late = behind(false)
  for (const watcher of watchers) if (!isFirst(watcher)) watcher.engine.wake()
  await until(lookedAtMs * patience, () => Promise.resolve(behind(true).length === 0))
  const missing = behind(true).filter((offence) => !late.includes(offence))
  const offences = watchers.flatMap((watcher) => watcher.offences)
  return [
    ...late.map((offence) => ({ promise: 'I7 a page shows the row within 5 s', offence })),
    ...missing.map((offence) => ({ promise: 'I7 a page that is looked at again shows every row', offence })),
    ...offences.map((offence) => ({ promise: 'I9 a page never goes back', offence })),
  ]
}

function countEnds(rows: readonly Ended[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { status } of rows) counts[status] = (counts[status] ?? 0) + 1
  return counts
}
