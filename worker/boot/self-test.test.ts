import { join } from 'node:path'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { readFileSync } from 'node:fs'
import { parseModels } from '#shared/workflows/models.ts'
import type { ObjectInfo } from '#worker/comfy/answers.ts'
import { createComfyHttp, type ComfyHttp } from '#worker/comfy/http.ts'
import { takePulse } from '#worker/comfy/pulse.ts'
import { openComfySocket } from '#worker/comfy/socket.ts'
import { watchTimes } from '#worker/core/watch-rule.ts'
import { startStandin } from '#worker/standin/standin.ts'
import { loadCatalog } from './load-catalog.ts'
import { selfTest, type SelfTestOptions } from './self-test.ts'

const workflows = join(import.meta.dirname, '../../workflows')
const models = parseModels(JSON.parse(readFileSync(join(workflows, 'models.json'), 'utf8')))
const catalog = await loadCatalog(workflows)
const signal = AbortSignal.timeout(60_000)

async function openBox(change: (http: ComfyHttp) => Partial<ComfyHttp> = () => ({})) {
  const comfy = await startStandin({ stepMs: 0, loadMs: 0, noiseBytes: 10_000, previewSide: 64 })
  const http = createComfyHttp({ url: comfy.url, timeoutMs: 10_000 })
  const socket = openComfySocket({ url: comfy.url, clientId: 'self-test' })
  const options: SelfTestOptions = {
    http: { ...http, ...change(http) },
    socket,
    times: { ...watchTimes, pollMs: 50 },
    pulse: takePulse(comfy.url),
    catalog,
    models,
    boxFaults: [],
    modelFaults: new Map(),
    toy: false,
    prove: false,
    log: pino({ level: 'silent' }),
  }
  const close = async () => {
    socket.close()
    await comfy.stop()
  }
  return { options, comfy, [Symbol.asyncDispose]: close }
}

/** The stand-in passing as a card, so that rules which spare it apply. */
function asCard(vramBytes: number) {
  return (http: ComfyHttp): Partial<ComfyHttp> => ({
    async stats(within) {
      const stats = await http.stats(within)
      const devices = [{ name: 'NVIDIA GeForce RTX 3060', type: 'cuda', vram_total: vramBytes }]
      return { system: { ...stats.system, forge_standin: false, argv: ['main.py', '--disable-metadata'] }, devices }
    },
  })
}

test('runs one small job a mode and publishes every template that it can run', async () => {
  await using box = await openBox()
  const { capabilities, warm } = await selfTest({ ...box.options, prove: true }, signal)

  expect(capabilities.templates.toSorted()).toEqual([...catalog.keys()].toSorted())
  const modes = new Set([...catalog.keys()].map((key) => key.split('/')[0]))
  expect(box.comfy.machine.accepted.size).toBe(modes.size)
  expect(models.map(({ key }) => key)).toContain(warm)
})

test('a mode whose small job fails is struck out with the reason, the others stay', async () => {
  await using box = await openBox((http) => ({
    submit: (submission, within) => {
      const isMashup = Object.hasOwn(submission.graph, 'composition')
      const graph = isMashup ? { ...submission.graph, out: { class_type: 'Nonsense', inputs: {} } } : submission.graph
      return http.submit({ ...submission, graph }, within)
    },
  }))
  const { capabilities } = await selfTest({ ...box.options, prove: true }, signal)

  const lost = Object.keys(capabilities.unavailable)
  expect(lost.length).toBeGreaterThan(0)
  expect(lost.every((key) => key.startsWith('mashup/'))).toBe(true)
  expect(Object.values(capabilities.unavailable)[0]).toMatch(/its small job failed: MODEL_MISSING/)
  expect(capabilities.templates).toContain('style/sdxl')
})

test('a missing node class, option or file strikes out exactly the templates that need it', async () => {
  await using box = await openBox((http) => ({
    async objectInfo(within): Promise<ObjectInfo> {
      const { Canny: _, ...rest } = await http.objectInfo(within)
      return rest
    },
  }))
  const modelFaults = new Map([['flux1-vae', 'ae.safetensors is another file']])
  const { capabilities } = await selfTest({ ...box.options, modelFaults }, signal)

  expect(capabilities.unavailable['mashup/canny']).toBe('node class Canny')
  expect(capabilities.unavailable['remix/schnell']).toBe('ae.safetensors is another file')
  expect(capabilities.templates).toEqual(expect.arrayContaining(['style/sdxl', 'mashup/depth', 'inpaint/sdxl']))
})

test('a card that is smaller than a model is not given it', async () => {
  await using box = await openBox(asCard(12 * 1024 ** 3))
  const { capabilities } = await selfTest(box.options, signal)

  expect(capabilities.unavailable['remix/dev']).toBe('flux1-dev takes 23.8 GB, the card has 12.9 GB')
  expect(capabilities.templates).toContain('style/sdxl')
})

test('a full disk or an open engine strikes out everything', async () => {
  await using box = await openBox((http) => ({
    async stats(within) {
      const stats = await asCard(24 * 1024 ** 3)(http).stats?.(within)
      if (!stats) throw new Error('no stats')
      return { ...stats, system: { ...stats.system, argv: ['main.py', '--listen', '0.0.0.0'] } }
    },
  }))
  const open = await selfTest(box.options, signal)
  const full = await selfTest({ ...box.options, boxFaults: ['the disk has only 0.1 GB left'] }, signal)

  expect([open.templates.size, full.templates.size]).toEqual([0, 0])
  expect(full.capabilities.unavailable['style/sdxl']).toMatch(
    /^the disk has only 0.1 GB left; ComfyUI listens on 0.0.0.0/,
  )
})
