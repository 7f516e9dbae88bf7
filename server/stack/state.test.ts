import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { expect, onTestFinished, test } from 'vitest'
import { readState, writeState } from './state.ts'

async function makeFolder(): Promise<string> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'forge-state-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

const dead = 'http://127.0.0.1:9'
const state = { pid: process.pid, url: dead, supabaseUrl: dead, comfyUrl: dead, startedAt: '2026-11-23T12:00:00Z' }

test('a stack that answers is found', async () => {
  const dir = await makeFolder()
  const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await writeState(dir, { ...state, supabaseUrl: url })

  expect(await readState(dir)).toMatchObject({ supabaseUrl: url })
})

test('a state file left behind by a crash is no running stack, even when its process id lives again', async () => {
  const dir = await makeFolder()
  await writeState(dir, state)

  expect(await readState(dir)).toBeNull()
})

test.each(['', '{broken', '{"pid":"x"}', '[]'])('a state file that holds %j is no running stack', async (text) => {
  const dir = await makeFolder()
  await writeFile(path.join(dir, 'state.json'), text)

  expect(await readState(dir)).toBeNull()
})
