import { expect, test, vi } from 'vitest'
import { makeAsset } from '#client/testing/jobs.ts'
import { uploadFile } from './upload-file.ts'

const lost = new TypeError('Failed to fetch')
const missing = Object.assign(new Error(), { data: { forge: { code: 'UPLOAD_MISSING', data: {} } } })
const file = new Blob(['x'], { type: 'image/png' })

const asset = makeAsset()

function makeNetwork() {
  return {
    request: vi.fn().mockResolvedValue({ uploadId: 'u1', url: '', headers: {} }),
    put: vi.fn().mockResolvedValue(undefined),
    confirm: vi.fn().mockResolvedValue(asset),
    pause: () => Promise.resolve(),
  }
}

test('bytes whose answer was lost are not sent twice when they did arrive', async () => {
  const calls = makeNetwork()
  calls.put.mockRejectedValueOnce(lost)

  expect(await uploadFile(file, {}, calls)).toBe(asset)
  expect(calls.put).toHaveBeenCalledTimes(1)
})

test('bytes that did not arrive are sent again under the same ticket', async () => {
  const calls = makeNetwork()
  calls.put.mockRejectedValueOnce(lost)
  calls.confirm.mockRejectedValueOnce(missing)

  expect(await uploadFile(file, {}, calls)).toBe(asset)
  expect(calls.put).toHaveBeenCalledTimes(2)
  expect(calls.request).toHaveBeenCalledTimes(1)
})

test('a confirmation whose answer was lost is asked for again', async () => {
  const calls = makeNetwork()
  calls.confirm.mockRejectedValueOnce(lost)

  expect(await uploadFile(file, {}, calls)).toBe(asset)
  expect(calls.put).toHaveBeenCalledTimes(1)
})
