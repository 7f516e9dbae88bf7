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
  readEnds,
} from './check.ts'
import { specOf } from './fault-kinds.ts'
import type { Pressed } from './load.ts'
import { until } from './patience.ts'
import type { Plan } from './plan.ts'
import { checkRepainted } from './repaint.ts'
import type { World } from './run.ts'
import { partsOf } from './stack.ts'
import type { Watcher } from './watcher.ts'

/** How long a page may take to show what is, and one that somebody looks at again; milliseconds. */
const shownMs = 5_000
const lookedAtMs = 2_000

type Seen = { plan: Plan; watchers: readonly Watcher[]; pressed: readonly Pressed[]; patience: number; before: number }

/** What may be answered to a press while the cap is reached: what was free a moment ago may cost credits now. */
const refusals = ['SPEND_CAP_REACHED', 'FREE_PAUSED', 'PRICE_CHANGED']

/** Every promise, once everything rests. */
export async function checkAll(world: World, { plan, watchers, pressed, patience, before }: Seen): Promise<Offence[]> {
  const { stack } = world
  const rows = await readEnds(stack)
  const done = new Set(rows.flatMap(({ id, status }) => (status === 'succeeded' ? [id] : [])))
  const told = checkTold(pressed, rows, plan.faults.some(({ kind }) => kind === 'cap-reached') ? refusals : [])
  const shown = await checkShown(watchers, rows, patience)
  const exits = partsOf(stack).flatMap(({ name, ownEnds }) => ownEnds.map((how) => ({ name, how })))
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
