import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { png } from '#server/testing/images.ts'
import { type Api, type LiveServer, refusalOf, startLiveServer } from '#server/testing/live-server.ts'
import { stageOutput, wishOf } from '#server/testing/pressing.ts'
import { expectInvariants } from '#supabase/tests/invariants.ts'

let server: LiveServer
let operator: Api
const times = { gpuMs: 900, stageMs: {} }

beforeAll(async () => {
  server = await startLiveServer()
  operator = await server.promote(await server.permanent())
})
afterAll(() => server[Symbol.asyncDispose]())

/** One press, claimed by a box of its own. */
async function claimed() {
  const artist = await server.anonymous()
  const worker = await server.worker()
  await artist.api.forge.create.mutate(await wishOf(artist))
  const claim = await worker.api.worker.claim.mutate({})
  if (!claim) throw new Error('nothing was claimed')
  return { artist, worker, attempt: { job: claim.id, epoch: claim.epoch } }
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return (await refusalOf(work)).code
}

/** A box as the operator sees it, once what was gathered is told. */
async function inFleet(worker: string) {
  await server.deps.watch.flush()
  return (await operator.operator.fleet.query()).workers.find(({ id }) => id === worker)
}

it('what a lying box is refused is typed, and counted by reason where the operator looks', async () => {
  const { worker, attempt } = await claimed()
  const honest = await stageOutput(worker.api, attempt, await png())
  const liar = (await claimed()).worker
  const complete = (api: Api, ref: { job: string; epoch: number }, gpuMs = 900) =>
    api.worker.complete.mutate({ ...ref, ...times, gpuMs, files: [honest.file] })

  expect(await codeOf(complete(liar.api, attempt))).toBe('EPOCH_STALE')
  expect(await codeOf(complete(liar.api, { ...attempt, epoch: 7 }))).toBe('EPOCH_STALE')
  expect(await codeOf(complete(liar.api, { job: randomUUID(), epoch: 1 }))).toBe('JOB_NOT_FOUND')
  expect(await codeOf(complete(liar.api, attempt, -1))).toBe('INVALID_INPUT')
  expect(await codeOf(stageOutput(liar.api, attempt, await png()))).toBe('EPOCH_STALE')
  expect(await codeOf(liar.api.worker.release.mutate(attempt))).toBe('EPOCH_STALE')
  const fail = { ...attempt, code: 'INTERNAL', retry: false } as const
  expect(await codeOf(liar.api.worker.fail.mutate(fail))).toBe('EPOCH_STALE')
  expect(await complete(worker.api, attempt)).toEqual({ status: 'succeeded' })

  expect((await inFleet(liar.id))?.refusals).toEqual({ NOT_THEIRS: 5, JOB_NOT_FOUND: 1, INVALID_INPUT: 1 })
})

it('a revoked box is out in the midst of its job; another finishes it, and it is paid once', async () => {
  const { artist, worker, attempt } = await claimed()
  const staged = await stageOutput(worker.api, attempt, await png())

  expect(await operator.operator.revokeWorker.mutate({ worker: worker.id })).toEqual({ takenBack: 1 })
  const late = worker.api.worker.complete.mutate({ ...attempt, ...times, files: [staged.file] })
  expect(await codeOf(late)).toBe('WORKER_REVOKED')
  const other = await server.worker()
  const again = await other.api.worker.claim.mutate({})
  expect(again).toMatchObject({ id: attempt.job, epoch: attempt.epoch + 1 })
  const second = { job: attempt.job, epoch: attempt.epoch + 1 }
  const { file } = await stageOutput(other.api, second, await png())
  await other.api.worker.complete.mutate({ ...second, ...times, files: [file] })

  expect(await artist.api.forge.get.query({ id: attempt.job })).toMatchObject({ status: 'succeeded', returned: 0 })
  expect(await inFleet(worker.id)).toMatchObject({ revoked: true, refusals: { WORKER_REVOKED: 1 } })
  await expectInvariants(server.db)
})

it('revoking and lifting are an operator’s alone, and name what does not exist', async () => {
  const { api } = await server.permanent()
  const worker = randomUUID()

  expect(await codeOf(api.operator.fleet.query())).toBe('FORBIDDEN')
  expect(await codeOf(api.operator.revokeWorker.mutate({ worker }))).toBe('FORBIDDEN')
  expect(await codeOf(operator.operator.revokeWorker.mutate({ worker }))).toBe('NOT_FOUND')
  expect(await codeOf(operator.operator.liftQuarantine.mutate({ worker }))).toBe('NOT_FOUND')
})
