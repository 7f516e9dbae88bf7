import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { boxOf, type Injector, waitFor, word } from './stage.ts'

const state = z.object({ fired: z.array(z.object({ at: z.number() })) })

/** How long a switch of the stand-in stays armed when nothing meets it. */
const armedMs = 1_500

/** Arms one of the stand-in's own switches; `worker/standin/README.md` says what each does. */
const arm: Injector = async (fault, stage) => {
  const { box: _box, atMs: _atMs, kind: _kind, ...what } = fault
  const port = boxOf(stage, fault).comfy.url
  const tell = (body: object) =>
    fetch(`${port}/standin/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(1_000),
    }).then(
      (answer) => answer.arrayBuffer(),
      () => undefined,
    )
  const began = Date.now()
  const fired = () =>
    fetch(`${port}/standin/state`, { signal: AbortSignal.timeout(1_000) })
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
