import { setTimeout as wait } from 'node:timers/promises'
import type { ChaosStack } from '../stack.ts'
import { type Injector, num, type Stage } from './stage.ts'

/** Changes the operator's row for a while; tried until it is heard, since other faults may be under way. */
async function meanwhile(
  stage: Stage,
  change: string,
  { back, forMs }: { back: string; forMs: number },
): Promise<void> {
  const undo = () => insist(stage.stack, back)
  stage.atEnd(undo)
  await stage.stack.cluster.pool.query(change).catch(() => undefined)
  await wait(forMs)
  await undo()
}

async function insist({ cluster }: ChaosStack, sql: string): Promise<void> {
  for (let tries = 0; tries < 25; tries += 1) {
    const heard = await cluster.pool.query(sql).then(
      () => true,
      () => false,
    )
    if (heard) return
    await wait(200)
  }
}

export const moneyFaults = {
  /** The day's money is spent while jobs are in flight, until the operator raises the cap. */
  'cap-reached': (fault, stage) =>
    meanwhile(
      stage,
      `insert into public.spend_days (day, usd_micros) values (private.utc_day(), 1000000)
       on conflict (day) do update set usd_micros = 1000000;
       update public.settings set daily_cap_usd = 1`,
      { back: 'update public.settings set daily_cap_usd = null', forMs: num(fault, 'forMs') },
    ),
  'one-at-once': (fault, stage) =>
    meanwhile(stage, 'update public.settings set max_concurrent = 1', {
      back: 'update public.settings set max_concurrent = null',
      forMs: num(fault, 'forMs'),
    }),
} as const satisfies Record<string, Injector>
