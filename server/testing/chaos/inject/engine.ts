import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { Box } from '../stack.ts'
import { boxOf, type Injector, waitFor, word } from './stage.ts'

const state = z.object({ fired: z.array(z.object({ at: z.number() })) })

/** How long a switch of the stand-in stays armed when nothing meets it. */
const armedMs = 1_500

/** Sets the stand-in's own switches, or clears them; `worker/standin/README.md` says what each does. */
export async function tellEngine({ comfy }: Box, what: object): Promise<void> {
  await fetch(`${comfy.url}/standin/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(what),
    signal: AbortSignal.timeout(1_000),
  }).then(
    (answer) => answer.arrayBuffer(),
    () => undefined,
  )
}

/** Arms one of them until it is met. */
const arm: Injector = async (fault, stage) => {
  const { box: _index, atMs: _atMs, kind: _kind, ...what } = fault
  const box = boxOf(stage, fault)
  const tell = (body: object) => tellEngine(box, body)
  const began = Date.now()
  const fired = () =>
    fetch(`${box.comfy.url}/standin/state`, { signal: AbortSignal.timeout(1_000) })
      .then((answer) => answer.json())
      .then(
        (body) => state.parse(body).fired.filter(({ at }) => at >= began).length,
        () => 1,
      )
  stage.atEnd(() => tell({ clear: true }))
  await tell(what)
  const spent = what['count'] === undefined ? 1 : Number(what['count'])
  await waitFor(stage, armedMs, async () => (await fired()) >= spent)
  if ((await fired()) === 0) stage.missed(`${fault.kind} ${word(fault, 'fault')}`)
  await tell({ clear: true })
}

export const engineFaults = {
  'engine-hangs': arm,
  'engine-out-of-memory': arm,
  'engine-socket-fails': arm,
  'engine-empty': arm,
  'engine-corrupt': arm,
  'engine-late': arm,
  'engine-refuses': arm,
  /** A worker that was started meanwhile has found the file missing and knows no better: it is started once more. */
  'model-missing': (fault, stage) => {
    const { worker } = boxOf(stage, fault)
    stage.atEnd(async () => {
      worker.signal('SIGKILL')
      await wait(50)
      await worker.up()
    })
    return arm(fault, stage)
  },
} as const satisfies Record<string, Injector>
