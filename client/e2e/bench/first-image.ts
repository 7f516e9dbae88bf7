import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { type Browser, chromium } from '@playwright/test'
import { launch, type Launch, plainEnv } from '#server/bench/launch.ts'
import { root } from '#server/stack/env.ts'
import { printRow } from '#supabase/bench/world.ts'
import { findChromium } from '../chromium.ts'
import { makePhoto } from '../fixtures.ts'

const readyWithinMs = 15 * 60_000
const imageWithinMs = 120_000

/**
 * From `git clone` of what is committed here to the first image in a browser, with the commands of the README: Node and
 * npm as the machine has them, no package of ours, npm's cache empty, data of its own. The floor is the part of it that
 * is npm installing packages. The browser is open before, as a person's is.
 */
const folder = await mkdtemp(path.join(os.tmpdir(), 'forge-bench-clone-'))
// Started as root, Postgres runs as another account and must get through.
await chmod(folder, 0o711)
const clone = path.join(folder, 'the-forge')
const browser = await chromium.launch(await findChromium())
let running: Launch | null = null
try {
  const startedAt = performance.now()
  await promisify(execFile)('git', ['clone', '--quiet', root, clone], { env: plainEnv() })
  say('cloned', startedAt)
  const env = { FORGE_DATA: path.join(folder, 'data'), npm_config_cache: path.join(folder, 'npm-cache') }
  running = await launch(clone, env, readyWithinMs)
  const installMs = await installTime(running)
  say(`ready (packages: ${(installMs / 1_000).toFixed(1)} s)`, startedAt)
  await makeImage(browser, running.url)
  const totalMs = performance.now() - startedAt
  say('first image', startedAt)
  const row = { what: 'fresh clone → first image', value: totalMs / 1_000, unit: 's', samples: 1 } as const
  printRow({ ...row, peer: 'npm install alone, cache empty', peerValue: installMs / 1_000 })
} finally {
  await browser.close()
  await running?.stop()
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
}

/** Milliseconds between the line that announces the installation and the stamp that it leaves. */
async function installTime({ lines }: Launch): Promise<number> {
  const announced = lines.find(({ text }) => text.startsWith('Installing packages'))
  if (!announced) throw new Error('the clone installed no packages: it was not fresh')
  const stamp = await stat(path.join(clone, 'node_modules/.forge-lockfile'))
  return stamp.mtimeMs - performance.timeOrigin - announced.at
}

async function makeImage(opened: Browser, url: string): Promise<void> {
  const page = await opened.newPage()
  await page.goto(url)
  await page.getByRole('button', { name: 'Choose image' }).waitFor()
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles(await makePhoto())
  const generate = page.getByRole('button', { name: /^Generate/ })
  await generate.and(page.locator(':enabled')).click()
  await page.getByRole('button', { name: 'Download PNG' }).waitFor({ timeout: imageWithinMs })
}

function say(what: string, since: number): void {
  process.stderr.write(`  ${what} after ${((performance.now() - since) / 1_000).toFixed(1)} s\n`)
}
