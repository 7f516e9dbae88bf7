import { expect, it } from 'vitest'
import { pino } from 'pino'
import { loadWorkflows } from '#worker/boot/load-catalog.ts'
import type { ClaimedJob } from '#shared/worker/schema.ts'
import { JobStop } from '#worker/jobs/job-stop.ts'
import { eventually } from '#worker/testing/bench-box.ts'
import { openReplicateAttempt } from './attempt.ts'
import { createReplicateClient } from './client.ts'
import type { ReplicateParts } from './parts.ts'
import { openProviderBox, type ProviderBox } from './testing.ts'
import { quickTimes } from './testing-times.ts'

const workflows = new URL('../../workflows', import.meta.url).pathname
const emit = { progress() {}, preview() {}, freed() {} }
const price = 25_000

/** What processes that share a disk and a provider would have: the journal outlives each of them. */
async function openDisk(box: ProviderBox) {
  const { templates, offers } = await loadWorkflows(workflows)
  const template = templates.get('remix/schnell')
  if (!template) throw new Error('no template')
  const row = await box.addJob()
  const first: ClaimedJob = { ...row.claimed, epoch: 1, leaseUntil: new Date().toISOString() }
  row.status = 'running'
  row.epoch = 1
  let journal = first
  const parts: ReplicateParts = {
    client: createReplicateClient({ url: box.replicate.url, token: 'standin_only_for_tests', timeoutMs: 5_000 }),
    apiUrl: box.replicate.url,
    offers,
    loraUrl: undefined,
    control: {
      noteRemote: (ref, note) => Promise.resolve(box.control.jobs.noteRemote({ ...ref, ...note })),
      bookCost: (ref, usdMicros) => Promise.resolve(box.control.jobs.book({ ...ref, usdMicros })),
    },
    journal: { write: (job) => Promise.resolve(void (journal = job)) },
    times: { pollMs: 10, graceMs: 500, lookMs: 10, throttleMs: 1_000, endMs: 1_000, bookMs: 1_000, ...quickTimes },
    door: { closedUntil: 0, why: '' },
    log: pino({ level: 'silent' }),
  }
  const begin = (job: ClaimedJob, signal: AbortSignal) => {
    const attempt = openReplicateAttempt(parts, job)
    const done = attempt.prepare(template, signal).then((prepared) => prepared.run(emit, signal))
    done.catch(() => undefined)
    return { attempt, done }
  }
  return { row, first, begin, journal: () => journal }
}

it('kill -9 after the create and before its answer is written: the next process finds the prediction, paid once', async () => {
  await using box = await openProviderBox()
  const { provider } = box.replicate
  box.arm({ kind: 'create-cut', taken: true }, { kind: 'list-blind', looks: 1_000 })
  const disk = await openDisk(box)
  const killed = new AbortController()
  const dead = disk.begin(disk.first, killed.signal)
  await eventually(() => provider.predictions.length === 1, 'it is created')
  killed.abort(new Error('killed'))
  await dead.done.catch(() => undefined)
  provider.show()

  const rendered = await disk.begin(disk.journal(), AbortSignal.timeout(5_000)).done

  expect(disk.journal().remote).toMatchObject({ id: provider.predictions[0]?.id, paidEpoch: 1 })
  expect(rendered.width).toBeGreaterThan(0)
  expect(provider.predictions).toHaveLength(1)
  expect(box.costs(disk.row)).toEqual([price])
})

it('a process without the disk goes on from the row, and books under the attempt that paid', async () => {
  await using box = await openProviderBox()
  const { provider } = box.replicate
  const disk = await openDisk(box)
  const killed = new AbortController()
  const dead = disk.begin(disk.first, killed.signal)
  await eventually(() => disk.row.claimed.remote?.id, 'its id stands on the row')
  killed.abort(new Error('killed'))
  await dead.done.catch(() => undefined)
  disk.row.epoch = 2

  await disk.begin({ ...disk.row.claimed, epoch: 2, leaseUntil: '' }, AbortSignal.timeout(5_000)).done

  expect(provider.predictions).toHaveLength(1)
  expect([...box.control.jobs.costs]).toEqual([[`${disk.row.id}:1`, price]])
})

it('a process that stops leaves its prediction to the next one', async () => {
  await using box = await openProviderBox()
  const { provider } = box.replicate
  box.arm({ kind: 'slow-start', ms: 300 })
  const disk = await openDisk(box)
  const stopping = new AbortController()
  const first = disk.begin(disk.first, stopping.signal)
  await eventually(() => disk.row.claimed.remote?.id, 'its id stands on the row')
  const cause = new JobStop('release')
  stopping.abort(cause)
  await first.done.catch(() => undefined)
  await first.attempt.abandon(cause)
  await first.attempt.close()
  disk.row.epoch = 2
  await disk.begin({ ...disk.row.claimed, epoch: 2, leaseUntil: '' }, AbortSignal.timeout(5_000)).done

  expect(provider.predictions).toMatchObject([{ canceledAt: null }])
  expect([...box.control.jobs.costs]).toEqual([[`${disk.row.id}:1`, price]])
})

it('what was found after an hour is gone, is made anew under the attempt that makes it', async () => {
  await using box = await openProviderBox()
  const { provider } = box.replicate
  const disk = await openDisk(box)
  await disk.begin(disk.first, AbortSignal.timeout(5_000)).done
  provider.pass(3_700_000)
  disk.row.epoch = 2
  await disk.begin({ ...disk.row.claimed, epoch: 2, leaseUntil: '' }, AbortSignal.timeout(5_000)).done

  expect(provider.predictions).toHaveLength(2)
  expect(box.costs(disk.row)).toEqual([price, price])
})

it('what an earlier process of the same attempt had paid, and broke, is paid beside the new one', async () => {
  await using box = await openProviderBox()
  box.arm({ kind: 'fail', error: 'theirs' })
  const disk = await openDisk(box)
  const killed = new AbortController()
  const dead = disk.begin(disk.first, killed.signal)
  await eventually(() => disk.row.claimed.remote?.id, 'its id stands on the row')
  killed.abort(new Error('killed'))
  await dead.done.catch(() => undefined)
  await new Promise((resolve) => setTimeout(resolve, 100))
  await disk.begin(disk.journal(), AbortSignal.timeout(5_000)).done

  expect(box.replicate.provider.predictions).toHaveLength(2)
  expect(box.costs(disk.row)).toEqual([2 * price])
})
