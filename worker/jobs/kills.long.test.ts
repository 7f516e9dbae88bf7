import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openJournal } from '#worker/journal.ts'
import { eventually, openBox, type BenchBox } from '#worker/testing/bench-box.ts'
import { startWorkerProcess } from '#worker/testing/worker-process.ts'

const jobsInAll = 24
const dev = { variant: 'dev', modelKey: 'flux1-dev' }

/** Numbers in [0, 1) that a failing run can be repeated with. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** A claim whose answer was not heard is in no journal: its lease runs out, and the job goes back. */
async function sweep(box: BenchBox): Promise<void> {
  const held = await (await openJournal(join(box.data, 'worker/journal'))).list()
  for (const row of box.control.jobs.rows.values()) {
    if (row.status === 'running' && !held.some(({ id }) => id === row.id)) row.status = 'queued'
  }
}

it('A06 a worker killed at any instant, again and again, loses nothing and makes nothing twice', async () => {
  const seed = Date.now() % 1_000_000
  const random = randomFrom(seed)
  await using box = await openBox({ stepMs: 10 })
  const first = await box.addJob(dev)
  const wish = (i: number) => ({ ...dev, spec: { ...first.claimed.spec, seed: String(i) } })
  const others = await Promise.all(Array.from({ length: jobsInAll - 1 }, (_, i) => box.addJob(wish(i))))
  const jobs = [first, ...others]
  const isDone = () => jobs.every(({ status }) => status === 'succeeded')

  let kills = 0
  while (!isDone() && kills < 40) {
    await using worker = startWorkerProcess(box)
    const before = box.control.calls.get('report') ?? 0
    await eventually(() => isDone() || (box.control.calls.get('report') ?? 0) > before, 'it works')
    await new Promise((resolve) => setTimeout(resolve, random() * 1_500))
    await worker.kill('SIGKILL')
    kills += 1
    await sweep(box)
  }
  await using _last = startWorkerProcess(box)
  await eventually(isDone, 'all succeed', 60_000)

  expect({ seed, captured: jobs.map(({ completions }) => completions.length) }).toEqual({
    seed,
    captured: jobs.map(() => 1),
  })
  expect({ seed, runs: box.runs() }).toEqual({ seed, runs: jobsInAll })
}, 300_000)
