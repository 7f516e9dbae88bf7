import { readFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { expect, test } from '@playwright/test'
import { descendants, partOf } from './processes.ts'
import { leaksIn } from './secrets.ts'
import { stackUnderTest } from './under-test.ts'

const dist = path.resolve(import.meta.dirname, '../dist')

test('E18 what is looked for would be found', () => {
  const token = `eyJhbGciOiJFUzI1NiIsImtpZCI6ImsifQ.eyJyb2xlIjoiZm9yZ2Vfd29ya2VyIn0.x`

  expect(leaksIn('nothing of it: sb_secret_x, sk_test_x, hf_, fwk_', { own: 'hunter2' })).toEqual([])
  expect(leaksIn(`hunter2 ${token}`, { own: 'hunter2' })).toEqual(['own', 'a signed token'])
  expect(leaksIn(Object.values(stackUnderTest().secrets).join('\n'), stackUnderTest().secrets)).toEqual(
    expect.arrayContaining(Object.keys(stackUnderTest().secrets)),
  )
})

test('E18 neither the page nor any file of the bundle holds a secret', async () => {
  const { url, secrets } = stackUnderTest()
  const files = (await readdir(dist, { recursive: true })).filter((name) => /\.(js|css|html|map|svg|json)$/.test(name))
  const page = await (await fetch(url)).text()

  expect(page).toContain('sb_publishable_')
  expect(leaksIn(page, secrets)).toEqual([])
  expect(files.length).toBeGreaterThan(10)
  for (const name of files) {
    expect([name, ...leaksIn(await readFile(path.join(dist, name), 'utf8'), secrets)]).toEqual([name])
  }
})

test('E18 ComfyUI has no credential, the worker its own key alone, and no command line shows one', async () => {
  test.skip(process.platform !== 'linux', 'reads /proc')
  const { pid, secrets } = stackUnderTest()
  const environmentOf = async (script: string) =>
    await readFile(`/proc/${(await partOf(pid, script)).pid}/environ`, 'utf8')
  const [comfy, worker] = [await environmentOf('worker/standin/main.ts'), await environmentOf('worker/main.ts')]

  expect(comfy).toContain('STANDIN_PORT=')
  expect(leaksIn(comfy, secrets)).toEqual([])
  expect(worker).toContain('FORGE_SERVER_URL=')
  // It fetches gated weights under the name of whoever runs it here, if they said so.
  expect(leaksIn(worker.replace(/HF_TOKEN=[^\0]*/, ''), secrets)).toEqual(['workerKey', 'a worker key'])
  for (const { command } of await descendants(pid)) expect(leaksIn(command, secrets)).toEqual([])
})
