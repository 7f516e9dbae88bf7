import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { canReach, parsePasswd } from './account.ts'

const isRoot = process.getuid?.() === 0

test('accounts are read from passwd, other lines skipped', () => {
  const text = 'root:x:0:0:root:/root:/bin/bash\n\nbroken\n+::::::\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n'

  expect(parsePasswd(text)).toEqual([
    { name: 'root', uid: 0, gid: 0 },
    { name: 'nobody', uid: 65_534, gid: 65_534 },
  ])
})

test('running as ourselves reaches everything', async () => {
  expect(await canReach(null, '/nowhere/at/all')).toBe(true)
})

test.runIf(isRoot)('another account needs the right to enter every folder above', async () => {
  const account = { name: 'nobody', uid: 65_534, gid: 65_534 }
  const top = await mkdtemp(join(tmpdir(), 'forge-reach-'))
  const file = join(top, 'deep', 'file')
  await mkdir(join(top, 'deep'))
  await writeFile(file, '', { mode: 0o755 })

  expect(await canReach(account, file)).toBe(false)
  await chmod(top, 0o711)
  expect(await canReach(account, file)).toBe(true)
  await chmod(join(top, 'deep'), 0o700)
  expect(await canReach(account, file)).toBe(false)
  await chown(join(top, 'deep'), account.uid, account.gid)
  expect(await canReach(account, file)).toBe(true)
  await chmod(file, 0o644)
  expect(await canReach(account, file)).toBe(false)
  expect(await canReach(account, join(top, 'deep', 'not', 'yet', 'made'))).toBe(true)

  await rm(top, { recursive: true })
})
