import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { loadKeys, makeKeys } from './keys.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-keys-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('keys are made once, for their owner only', async () => {
  const first = await loadKeys(folder)
  const second = await loadKeys(folder)

  expect(second).toEqual(first)
  expect((await stat(join(folder, 'keys.json'))).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual(['keys.json'])
})

test('two installations share nothing', async () => {
  const [one, two] = [await makeKeys(), await makeKeys()]

  expect(one.publishableKey).not.toBe(two.publishableKey)
  expect(one.secretKey).not.toBe(two.secretKey)
  expect(one.databasePassword).not.toBe(two.databasePassword)
  expect(one.signingKey.d).not.toBe(two.signingKey.d)
})

test('several starts at once end with the same keys', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => loadKeys(join(folder, 'deep', 'er'))))

  expect(new Set(all.map(({ secretKey }) => secretKey)).size).toBe(1)
})

test('keys that others can read are refused', async () => {
  await loadKeys(folder)
  await chmod(join(folder, 'keys.json'), 0o644)

  await expect(loadKeys(folder)).rejects.toThrow(/chmod 600/)
})

test.each(['{"secretKey":"sb_secret_x"}', '{', ''])('damaged keys (%s) are refused, not replaced', async (text) => {
  await writeFile(join(folder, 'keys.json'), text, { mode: 0o600 })

  await expect(loadKeys(folder)).rejects.toThrow(/npm run reset/)
})
