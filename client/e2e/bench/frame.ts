import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { chromium, type Page } from '@playwright/test'
import { RealtimeClient } from '@supabase/realtime-js'
import { z } from 'zod'
import { type BenchParts, openParts } from '#server/bench/parts.ts'
import { buildClient } from '#server/stack/build-client.ts'
import { quantile } from '#shared/bench/report.ts'
import { frameMessage } from '#shared/realtime/schema.ts'
import { topics } from '#shared/realtime/topics.ts'
import { sized } from '#supabase/bench/sized.ts'
import { printRow } from '#supabase/bench/world.ts'
import { findChromium } from '../chromium.ts'
import { makePhoto } from '../fixtures.ts'

const images = sized(5, 1)
const stepMs = 300
const endsWithinMs = 60_000

/** Milliseconds since 1970 with fractions, by `job:seq`; the same machine's clock in worker, browser and here. */
type Times = Map<string, number>

const sentLine = z.object({
  msg: z.literal('frame sent'),
  job: z.string(),
  epoch: z.number(),
  seq: z.number(),
  at: z.number(),
})
const attemptLine = z.object({
  msg: z.enum(['attempt started', 'attempt ended']),
  job: z.string(),
  epoch: z.number(),
})

/**
 * How old a preview is when the browser has drawn it: from the worker's socket through Realtime, decoding and the
 * animation frame of the studio's canvas, to the first drawing in which it can be seen. Beside it the same frames at
 * a bare socket in Node: what of that is the wire.
 */
await buildClient((line) => process.stderr.write(`  ${line}\n`))
await using parts = await openParts(`variants = '{"remix": "dev"}'`)
const sent: Times = new Map()
const arrived: Times = new Map()
const painted: { job: string; seq: number; at: number }[] = []
const attempts: z.infer<typeof attemptLine>[] = []
const comfyUrl = await parts.startComfy(stepMs)
const preload = pathToFileURL(path.join(import.meta.dirname, '../../../worker/bench/note-frames.ts')).href
await parts.startWorker({ comfyUrl, nodeOptions: `--import=${preload}`, onLine: readLine })

const browser = await chromium.launch(await findChromium())
try {
  await watchImages(await browser.newPage())
} finally {
  await browser.close()
}
report()

function readLine(line: string): void {
  if (!line.startsWith('{')) return
  const value: unknown = JSON.parse(line)
  const frame = sentLine.safeParse(value)
  if (frame.success) sent.set(`${frame.data.job}:${frame.data.seq}`, frame.data.at)
  const attempt = attemptLine.safeParse(value)
  if (attempt.success) attempts.push(attempt.data)
}

/** Presses Generate for one image after another and notes what the canvas draws. */
async function watchImages(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const drawn: { seq: number; at: number }[] = []
    Object.assign(window, { drawn })
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const seq = Number(target instanceof HTMLCanvasElement ? target.dataset['painted'] : Number.NaN)
        // A frame fades in over several drawings: the first one counts.
        if (drawn.at(-1)?.seq !== seq) drawn.push({ seq, at: performance.timeOrigin + performance.now() })
      }
    }).observe(document, { subtree: true, attributes: true, attributeFilter: ['data-painted'] })
  })
  await page.goto(parts.serverUrl)
  await page.getByRole('button', { name: 'Choose image' }).waitFor()
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles(await makePhoto())
  const generate = page.getByRole('button', { name: /^(Generate|Queue another)/ })
  let listener: ReturnType<typeof listen> | null = null
  for (let index = 0; index < images; index += 1) {
    process.stderr.write(`  image ${index + 1} of ${images}\n`)
    await generate.and(page.locator(':enabled')).click()
    const { job, epoch } = await untilAttempt('attempt started', index)
    listener ??= listen(parts, await accessToken(page))
    const leave = listener.join(job, epoch)
    await untilAttempt('attempt ended', index)
    await page.getByRole('button', { name: 'Download PNG' }).waitFor({ timeout: endsWithinMs })
    await delay(500)
    leave()
    const drawn = await page.evaluate(() => {
      const { drawn: all } = window as unknown as { drawn: { seq: number; at: number }[] }
      return all.splice(0)
    })
    painted.push(...drawn.map((frame) => ({ job, ...frame })))
  }
  await listener?.close()
}

async function untilAttempt(msg: 'attempt started' | 'attempt ended', index: number) {
  const deadline = performance.now() + endsWithinMs
  for (;;) {
    const found = attempts.filter((attempt) => attempt.msg === msg)[index]
    if (found) return found
    if (performance.now() > deadline) throw new Error(`no "${msg}" within ${endsWithinMs / 1_000} s`)
    await delay(10)
  }
}

/** The visitor's own token, as the studio keeps it. */
async function accessToken(page: Page): Promise<string> {
  const stored = await page.evaluate(() => localStorage.getItem('forge-auth'))
  return z.object({ access_token: z.string() }).parse(JSON.parse(stored ?? 'null')).access_token
}

/** A second subscriber of the visitor, without a browser around it. */
function listen({ supabaseUrl, publishableKey }: BenchParts, token: string) {
  const client = new RealtimeClient(`${supabaseUrl.replace(/^http/, 'ws')}/realtime/v1`, {
    params: { apikey: publishableKey },
    accessToken: () => Promise.resolve(token),
  })
  return {
    join(job: string, epoch: number): () => void {
      const channel = client.channel(topics.job(job, epoch), { config: { private: true } })
      channel.on('broadcast', { event: 'frame' }, ({ payload }) => {
        const at = performance.timeOrigin + performance.now()
        arrived.set(`${job}:${frameMessage.parse(payload).seq}`, at)
      })
      channel.subscribe()
      return () => void client.removeChannel(channel)
    },
    async close() {
      await client.removeAllChannels()
      await client.disconnect()
    },
  }
}

function report(): void {
  const shown = painted.flatMap(({ job, seq, at }) => {
    const from = sent.get(`${job}:${seq}`)
    return from === undefined ? [] : [at - from]
  })
  const wire = [...arrived].flatMap(([key, at]) => {
    const from = sent.get(key)
    return from === undefined ? [] : [at - from]
  })
  if (shown.length < sent.size / 2) throw new Error(`only ${shown.length} of ${sent.size} frames were seen drawn`)
  const unordered = painted.filter((frame, index) => {
    const before = painted[index - 1]
    return before?.job === frame.job && before.seq >= frame.seq
  })
  process.stderr.write(`  ${sent.size} sent, ${shown.length} drawn, ${wire.length} at the bare socket\n`)
  const samples = shown.length
  for (const share of [0.5, 0.95]) {
    printRow({
      what: `frame sent → drawn in Chromium, steps ${stepMs} ms apart, p${share * 100}`,
      value: quantile(shown, share),
      unit: 'ms',
      peer: 'the same frames at a bare Node socket',
      peerValue: quantile(wire, share),
      samples,
    })
  }
  printRow({
    what: 'frames drawn out of order',
    value: (unordered.length / samples) * 100,
    unit: '%',
    peer: 'none',
    peerValue: 0,
    samples,
  })
}
