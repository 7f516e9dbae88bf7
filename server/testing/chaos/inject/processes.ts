import { setTimeout as wait } from 'node:timers/promises'
import type { Keeper } from '../keeper.ts'
import { poisonPrompt } from '../load.ts'
import type { ChaosStack } from '../stack.ts'
import { boxOf, type Injector, num, type Stage, waitFor } from './stage.ts'

export async function kill(part: Keeper, downMs: number): Promise<void> {
  part.downMs = downMs
  part.signal('SIGKILL')
  await wait(downMs + 20)
  await part.up()
  part.downMs = 30
}

export async function freeze(stage: Stage, part: Keeper, forMs: number): Promise<void> {
  if (!part.signal('SIGSTOP')) return
  stage.atEnd(() => part.signal('SIGCONT'))
  await wait(forMs)
  part.signal('SIGCONT')
}

/** How long a trap waits for what it is set for. */
const trapMs = 2_500

/** Waits until a call to `path` has been answered by the server, or is about to be made, and kills the worker then. */
function trap(when: 'before' | 'answered'): Injector {
  return async (fault, stage) => {
    const { worker, control } = boxOf(stage, fault)
    let sprung = false
    const kill = () => {
      sprung = true
      worker.signal('SIGKILL')
    }
    control.rules.push({
      matches: ({ path }) => path.includes('worker.complete'),
      fault: when === 'before' ? { act: 'cut' } : { act: 'lose' },
      times: 1,
      ...(when === 'before' ? { onMet: kill } : { onAnswer: kill }),
    })
    await waitFor(stage, trapMs, () => sprung)
    await worker.up()
  }
}

/** As long as a job may be tried, and once more. */
const poisonMs = 16_000

/** True once the poison is over, or was tried more often than anything may be. */
async function isSpent({ cluster }: ChaosStack): Promise<boolean> {
  const { rows } = await cluster.pool
    .query<{ open: boolean }>(
      `select exists (select from public.job_specs s join public.jobs j on j.id = s.job_id
         join public.job_kinds k on k.kind = j.kind
         where s.prompt = $1 and j.status in ('queued', 'running') and j.epoch <= k.max_attempts) as open
       where exists (select from public.job_specs s where s.prompt = $1)`,
      [poisonPrompt],
    )
    .catch(() => ({ rows: [] }))
  return rows[0]?.open === false
}

export const processFaults = {
  'worker-killed': (fault, stage) => kill(boxOf(stage, fault).worker, num(fault, 'downMs')),
  'worker-killed-before-complete': trap('before'),
  'worker-killed-in-complete': trap('answered'),
  // Longer than a lease, which the load of the machine makes longer.
  'worker-frozen': (fault, stage) => freeze(stage, boxOf(stage, fault).worker, num(fault, 'forMs') * stage.patience),
  async 'worker-told-to-stop'(fault, stage) {
    const { worker } = boxOf(stage, fault)
    worker.signal('SIGTERM')
    await wait(200)
    await worker.up()
  },
  async 'worker-killed-again-and-again'(fault, stage) {
    for (let times = num(fault, 'times'); times > 0; times -= 1) {
      boxOf(stage, fault).worker.signal('SIGKILL')
      await wait(num(fault, 'everyMs'))
    }
    await boxOf(stage, fault).worker.up()
  },
  async poison(_fault, stage) {
    const { stack, atEnd } = stage
    let over = false
    atEnd(() => (over = true))
    for (const { worker, control } of stack.boxes) {
      control.rules.push({
        matches: ({ path }) => path.includes('worker.claim'),
        fault: null,
        times: Number.POSITIVE_INFINITY,
        onAnswer: (body) => void (!over && body.includes(poisonPrompt) && worker.signal('SIGKILL')),
      })
    }
    await waitFor(stage, poisonMs * stage.patience, () => isSpent(stack))
  },
  async 'disk-full'(fault, stage) {
    const box = boxOf(stage, fault)
    stage.atEnd(() => box.steer({ diskFull: false }))
    await box.steer({ diskFull: true })
    await wait(num(fault, 'forMs'))
    await box.steer({ diskFull: false })
    await box.worker.up()
  },
  async 'clock-wrong'(fault, stage) {
    const box = boxOf(stage, fault)
    stage.atEnd(() => box.steer({ clockMs: 0 }))
    await box.steer({ clockMs: num(fault, 'ms') })
    await wait(num(fault, 'forMs'))
    await box.steer({ clockMs: 0 })
  },
  async 'snapshot-restored'(fault, stage) {
    const box = boxOf(stage, fault)
    stage.atEnd(() => box.steer({ clockMs: 0 }))
    box.worker.signal('SIGSTOP')
    stage.atEnd(() => box.worker.signal('SIGCONT'))
    await wait(num(fault, 'forMs') * stage.patience)
    for (const line of [box.control, box.comfy, stage.stack.api]) line.cutSockets()
    await box.steer({ clockMs: 600_000 })
    box.worker.signal('SIGCONT')
    await wait(500)
    await box.steer({ clockMs: 0 })
  },
  'engine-killed': (fault, stage) => kill(boxOf(stage, fault).engine, num(fault, 'downMs')),
  'engine-frozen': (fault, stage) => freeze(stage, boxOf(stage, fault).engine, num(fault, 'forMs')),
  'server-killed': (fault, { stack }) => kill(stack.server, num(fault, 'downMs')),
  'server-frozen': (fault, stage) => freeze(stage, stage.stack.server, num(fault, 'forMs')),
  async 'server-told-to-stop'(_fault, { stack }) {
    stack.server.signal('SIGTERM')
    await wait(200)
    await stack.server.up()
  },
  'api-killed': (fault, { stack }) => kill(stack.apiProcess, num(fault, 'downMs')),
} as const satisfies Record<string, Injector>
