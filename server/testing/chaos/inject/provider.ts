import { setTimeout as wait } from 'node:timers/promises'
import type { Trouble } from '../outside-kinds.ts'
import type { Provider } from '../provider.ts'
import { freeze, kill } from './processes.ts'
import { holdBoxes, type Injector, num, releaseBoxes, type Stage, waitFor, word } from './stage.ts'

function providerOf({ stack }: Stage): Provider {
  if (stack.provider === null) throw new Error('the plan names a provider that is not there')
  return stack.provider
}

const isCreate = ({ method, path }: { method: string; path: string }) =>
  method === 'POST' && path.endsWith('/predictions')

/** How long a fault stays armed when nothing meets it. */
const armedMs = 2_500

/** What the stand-in is told for each word of a plan; worker/standin/replicate/README.md says what each does. */
const troubles: Readonly<Record<Trouble, object>> = {
  throttled: { kind: 'throttle', seconds: 0.3, header: true },
  'throttled in words': { kind: 'throttle', seconds: 1 },
  'create 500': { kind: 'create-status', status: 500 },
  'create 500, taken': { kind: 'create-status', status: 500, taken: true },
  'create 503, taken': { kind: 'create-status', status: 503, taken: true },
  'create cut': { kind: 'create-cut', taken: false },
  'create cut, taken': { kind: 'create-cut', taken: true },
  'look 500': { kind: 'get-status', status: 500 },
  'look 429': { kind: 'get-status', status: 429 },
  'list 500': { kind: 'list-status', status: 500 },
  'list blind': { kind: 'list-blind', looks: 3 },
  late: { kind: 'slow-start', ms: 1_500 },
  hangs: { kind: 'hang', step: 3 },
  fails: { kind: 'fail', error: 'CUDA error' },
  'out of memory': { kind: 'fail', error: 'E1001 out of memory' },
  filter: { kind: 'nsfw' },
  blank: { kind: 'blank' },
  corrupt: { kind: 'corrupt' },
  'no output': { kind: 'no-output' },
  'output 404': { kind: 'output-status', status: 404 },
  'output 500': { kind: 'output-status', status: 500 },
}

const tell = (provider: Provider, body: object) =>
  fetch(`${provider.remote.url}/standin/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(1_000),
  }).then(
    async (answer) => (await answer.json()) as { faults: unknown[] },
    () => null,
  )

/** Kills the provider's worker when its create has been answered, before it can have noted anything. */
async function killAfterCreate(stage: Stage): Promise<void> {
  const { worker, remote } = providerOf(stage)
  let sprung = false
  remote.rules.push({
    matches: isCreate,
    fault: { act: 'lose' },
    times: 1,
    onAnswer() {
      sprung = true
      worker.signal('SIGKILL')
    },
  })
  await waitFor(stage, armedMs * stage.patience, () => sprung)
  releaseBoxes(stage.stack)
  if (!sprung) stage.missed('provider-killed-in-create')
  await worker.up()
}

export const providerFaults = {
  async 'provider-fails'(fault, stage) {
    const provider = providerOf(stage)
    const what = word(fault, 'what')
    const trouble = new Map<string, object>(Object.entries(troubles)).get(what)
    if (trouble === undefined) throw new Error(`the plan names a trouble that is not there: ${what}`)
    stage.atEnd(() => tell(provider, { clear: true }))
    await tell(
      provider,
      Array.from({ length: num(fault, 'times') }, () => trouble),
    )
    const left = async () => (await tell(provider, []))?.faults.length ?? 0
    await waitFor(stage, armedMs * stage.patience, async () => (await left()) === 0)
    releaseBoxes(stage.stack)
    if ((await left()) === num(fault, 'times')) stage.missed(`provider: ${what}`)
    await tell(provider, { clear: true })
  },
  'provider-killed': (fault, stage) => kill(providerOf(stage).worker, num(fault, 'downMs')),
  'provider-killed-in-create': (_fault, stage) => killAfterCreate(stage),
  'provider-frozen': (fault, stage) => freeze(stage, providerOf(stage).worker, num(fault, 'forMs') * stage.patience),
  async 'provider-away'(fault, stage) {
    const line = providerOf(stage)[word(fault, 'line') === 'remote' ? 'remote' : 'control']
    line.mode = word(fault, 'how') === 'freeze' ? 'freeze' : 'refuse'
    if (line.mode === 'refuse') line.cutSockets()
    await wait(num(fault, 'forMs'))
    line.mode = 'pass'
  },
  /** Both boxes stop in the midst of what they do, long enough to be taken for dead; a provider renders; they come back. */
  async 'gpus-silent'(fault, stage) {
    holdBoxes(stage)
    const age = `update public.workers set last_seen = now() - interval '1 hour', active_at = now() - interval '1 hour'
      where key_id in (select id from public.worker_keys where trust <> 'provider')`
    await stage.stack.cluster.pool.query(age).catch(() => undefined)
    await wait(num(fault, 'forMs') * stage.patience)
    releaseBoxes(stage.stack)
  },
} as const satisfies Record<string, Injector>
