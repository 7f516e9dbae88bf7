import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readInstance } from './instance.ts'
import { openJournal } from './journal.ts'
import { remixJob } from './testing/fake-jobs.ts'

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'forge-journal-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

function claimed(epoch: number) {
  const image = { url: 'http://127.0.0.1/x', bytes: Buffer.from('x'), width: 64, height: 64 }
  return { ...remixJob(image, { workflowHash: 'h' }), epoch, leaseUntil: '2026-11-23T00:00:00.000Z' }
}

describe('openJournal', () => {
  it('gives back after a restart what was written and not removed', async () => {
    const dir = await folder()
    const [kept, gone] = [claimed(1), claimed(2)]
    const journal = await openJournal(dir)
    await journal.write(kept)
    await journal.write(gone)
    await journal.remove({ job: gone.id, epoch: gone.epoch })

    expect(await (await openJournal(dir)).list()).toEqual([kept])
  })

  it('keeps its files from other users of the box', async () => {
    const dir = await folder()
    await (await openJournal(dir)).write(claimed(1))

    const [name = ''] = await readdir(dir)
    expect((await stat(join(dir, name))).mode & 0o777).toBe(0o600)
  })

  it('moves aside a file that a crash left half-written and reads the others', async () => {
    const dir = await folder()
    const whole = claimed(1)
    const journal = await openJournal(dir)
    await journal.write(whole)
    await writeFile(join(dir, 'half.json'), '{"id":"0199')
    await writeFile(join(dir, 'other.json.tmp'), '{')

    expect(await journal.list()).toEqual([whole])
    expect((await readdir(dir)).toSorted()).toContain('half.json.bad')
  })
})

describe('readInstance', () => {
  it('makes a UUID once and keeps it, also when two processes start at once', async () => {
    const dir = await folder()

    const [first, second] = await Promise.all([readInstance(dir), readInstance(dir)])

    expect(first).toMatch(/^[0-9a-f-]{36}$/)
    expect(second).toBe(first)
    expect(await readInstance(dir)).toBe(first)
  })

  it('refuses a damaged file rather than become another worker', async () => {
    const dir = await folder()
    await writeFile(join(dir, 'instance'), 'not a uuid')

    await expect(readInstance(dir)).rejects.toThrow()
  })
})
