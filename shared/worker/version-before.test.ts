import { expect, test } from 'vitest'
import { z } from 'zod'
import {
  claimedJob,
  claimInput,
  completeInput,
  failInput,
  progressReply,
  sessionInput,
  sessionResult,
  unfitInput,
  uploadsInput,
  uploadsResult,
} from './schema.ts'

// Migrations and the server go first, boxes follow when they are idle. What stands here is what a box that is out there
// sends and reads: add a set for a later one, never change this.
const job = '018f0000-0000-7000-8000-000000000000'
const attempt = { job, epoch: 1 }
const file = { name: 'output-0', kind: 'output', mime: 'image/png', bytes: 9, sha256: '0'.repeat(64) }
const capabilities = {
  templates: ['remix/dev'],
  gpu: 'RTX 4090',
  vramBytes: 25_757_220_864,
  comfyVersion: '0.33.0',
  standIn: false,
  unavailable: {},
  toy: false,
}

test.each([
  ['session', sessionInput, { key: 'fwk_0123456789abcdef', instance: job, capabilities }],
  ['claim', claimInput, { warm: ['flux1-dev'] }],
  ['claim of the job after', claimInput, { warm: [], ahead: true }],
  ['uploads', uploadsInput, { ...attempt, files: [file] }],
  [
    'complete',
    completeInput,
    { ...attempt, files: [{ ...file, stagingKey: 'staging/x' }], gpuMs: 1200.5, stageMs: { sampling: 1000 } },
  ],
  ['fail', failInput, { ...attempt, code: 'ENGINE_ERROR', retry: true, detail: 'CUDA error' }],
  ['unfit', unfitInput, { reason: null }],
])('B10 a server takes the %s of a worker of the version before', (_name, schema, sent) => {
  expect(schema.safeParse(sent).error).toBeUndefined()
})

test.each([
  ['session', sessionResult, ['token', 'expiresAt', 'supabaseUrl', 'publishableKey']],
  ['claim', claimedJob, ['id', 'epoch', 'mode', 'variant', 'modelKey', 'leaseUntil', 'spec', 'inputs', 'mask']],
  ['progress', progressReply, ['lease_until', 'over', 'drain']],
])('B10 a worker of the version before finds in the answer to %s all that it reads', (_name, schema, read) => {
  expect(z.toJSONSchema(schema, { io: 'input' }).required).toEqual(expect.arrayContaining(read))
})

test('B10 a worker of the version before finds in the answer to uploads all that it reads', () => {
  const { items } = z.toJSONSchema(uploadsResult, { io: 'input' })
  expect(items).toMatchObject({ required: expect.arrayContaining(['name', 'url', 'headers', 'stagingKey']) })
})
