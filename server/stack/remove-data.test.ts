import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { removeData } from './remove-data.ts'

async function makeFolder(): Promise<string> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'forge-reset-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  await mkdir(path.join(dir, 'postgres/base'), { recursive: true })
  await mkdir(path.join(dir, 'objects'))
  await writeFile(path.join(dir, 'keys.json'), '{}')
  await writeFile(path.join(dir, 'state.json.123'), '{}')
  return dir
}

test('the data folder goes when all in it is ours', async () => {
  const dir = await makeFolder()

  expect(await removeData(dir)).toEqual([])
  await expect(readdir(dir)).rejects.toMatchObject({ code: 'ENOENT' })
  expect(await removeData(dir)).toEqual([])
})

test('a folder that holds more than our data keeps the rest', async () => {
  const dir = await makeFolder()
  await writeFile(path.join(dir, 'thesis.txt'), 'years of work')

  expect(await removeData(dir)).toEqual(['thesis.txt'])
  expect(await readdir(dir)).toEqual(['thesis.txt'])
})
