import { expect, test } from 'vitest'
import { attemptRef, claimInput, completeInput, failInput } from './schema.ts'

const attempt = { job: '018f0000-0000-7000-8000-000000000000', epoch: 1 }
const file = {
  name: 'output-0',
  kind: 'output',
  mime: 'image/png',
  bytes: 1,
  sha256: '0'.repeat(64),
  stagingKey: 'staging/x',
}

test('what a box says of itself is stored without what Postgres cannot hold, not refused', () => {
  const failed = failInput.parse({ ...attempt, code: 'ENGINE_ERROR', retry: true, detail: 'a\0b\ud800' })

  expect(failed.detail).toBe('ab\ufffd')
  expect(claimInput.parse({ warm: ['flux\0'] })).toEqual({ warm: ['flux'], ahead: false })
})

test('a measurement of a clock that jumped is cut to a day and costs nothing', () => {
  const completed = completeInput.parse({ ...attempt, files: [file], gpuMs: 1e300, stageMs: { sampling: 1e20 } })

  expect([completed.gpuMs, completed.stageMs.sampling]).toEqual([86_400_000, 86_400_000])
})

test.each([0, 1.5, 2 ** 31, Number.MAX_SAFE_INTEGER])('no attempt has the epoch %d', (epoch) => {
  expect(attemptRef.safeParse({ ...attempt, epoch }).success).toBe(false)
})
