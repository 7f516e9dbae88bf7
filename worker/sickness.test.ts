import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { noteSickness } from './sickness.ts'

const hour = 3_600_000

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'forge-sick-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

it('counts the last hour, this time included, over restarts of the process', async () => {
  const dir = await folder()

  expect(await noteSickness(dir, 10 * hour)).toBe(1)
  expect(await noteSickness(dir, 10.5 * hour)).toBe(2)
  expect(await noteSickness(dir, 11.2 * hour)).toBe(2)
  expect(await noteSickness(dir, 13 * hour)).toBe(1)
})

it('forgets times that lie ahead of a clock that was set back', async () => {
  const dir = await folder()
  await noteSickness(dir, 10 * hour)

  expect(await noteSickness(dir, 8 * hour)).toBe(1)
})

it('starts anew where its file cannot be read, and does not fail where none can be written', async () => {
  expect(await noteSickness(join(await folder(), 'absent'))).toBe(1)
})
