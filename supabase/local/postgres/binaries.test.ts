import { execFile } from 'node:child_process'
import { chmod, cp, lstat, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { chooseAccount } from './account.ts'
import { locateBinaries, packageRoot } from './binaries.ts'
import { runAs } from './cluster.ts'

const isRoot = process.getuid?.() === 0
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-binaries-'))
  await chmod(folder, 0o711)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** The package as npm unpacks it when it may not run install scripts: without its links. */
async function unpack(target: string): Promise<string> {
  await cp(packageRoot(), target, {
    recursive: true,
    filter: async (source) => !/\.so(?:\.\d+)?$/.test(source) || !(await isLink(source)),
  })
  return target
}

async function isLink(path: string): Promise<boolean> {
  return (await lstat(path)).isSymbolicLink()
}

test('the links that the install script would have made are made', async () => {
  const root = await unpack(join(folder, 'package'))
  const account = await chooseAccount(folder)

  await locateBinaries(
    account,
    () => Promise.reject(new Error('no copy is needed')),
    () => {},
    root,
  )
  const { postgres, major } = await locateBinaries(
    account,
    () => Promise.reject(new Error('no')),
    () => {},
    root,
  )
  const { stdout } = await promisify(execFile)(postgres, ['--version'], { ...runAs(account), cwd: '/' })

  expect(major).toBe(17)
  expect(stdout).toMatch(/^postgres \(PostgreSQL\) 17\./)
})

test.runIf(isRoot)('below a folder that only root may enter, a copy is made once and runs', async () => {
  const root = await unpack(join(folder, 'closed', 'package'))
  await chmod(join(folder, 'closed'), 0o700)
  const account = await chooseAccount(folder)
  const lines: string[] = []
  const locate = (): ReturnType<typeof locateBinaries> =>
    locateBinaries(
      account,
      () => Promise.resolve(join(folder, 'copies')),
      (line) => lines.push(line),
      root,
    )

  const first = await locate()
  const second = await locate()
  const { stdout } = await promisify(execFile)(first.postgres, ['--version'], { ...runAs(account), cwd: '/' })

  expect(second).toEqual(first)
  expect(lines).toHaveLength(1)
  expect(await readdir(join(folder, 'copies'))).toEqual([`postgres-${first.version}`])
  expect(stdout).toContain('17.')
})
