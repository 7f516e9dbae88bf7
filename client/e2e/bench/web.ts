import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, chromium, type Page } from '@playwright/test'
import { weighClient } from '../../build/weigh.ts'
import { buildClient } from '#server/stack/build-client.ts'
import { quantile } from '#shared/bench/report.ts'
import { sized } from '#supabase/bench/sized.ts'
import { printRow } from '#supabase/bench/world.ts'
import { findChromium } from '../chromium.ts'
import { openFilledGallery } from '../filled-gallery.ts'
import { makePhoto } from '../fixtures.ts'
import { startTestStack } from '../stack.ts'
import { describeStack } from '../under-test.ts'
import { bareCanvas, timeStrokes } from './brush.ts'
import { measureGallery } from './gallery-figures.ts'
import { measureVisit, type Vitals } from './vitals.ts'

const visits = sized(5, 1)
const images = sized(10_000, 400)

/**
 * What the page costs: bytes beside their budget, a first visit on a slow phone beside an empty page under the same
 * throttling, a brush beside a bare canvas, a gallery of ten thousand beside its budget. Ages of previews are `frame`.
 */
await buildClient((line) => process.stderr.write(`  ${line}\n`))
const { initial, parts } = await weighClient()
for (const { title, bytes, budget } of [...initial, ...parts]) {
  printRow({ what: title, value: bytes / 1024, unit: 'KB', peer: 'budget', peerValue: budget / 1024, samples: 1 })
}
const bare = await serveBare()
const stack = await startTestStack({ TRUSTED_HOPS: '1', STANDIN_STEP_MS: '90' })
const browser = await chromium.launch(await findChromium())
try {
  await visitPages(browser, stack.url)
  await paintStrokes(browser, stack.url)
  await walkGallery(browser)
} finally {
  await browser.close()
  await stack.stop()
  await bare.close()
}

/** An empty page, and one with nothing but a canvas, as a floor. */
async function serveBare() {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    const empty = '<!doctype html><title>-</title><link rel="icon" href="data:,"><p>empty</p><button>press</button>'
    response.end(request.url === '/canvas' ? bareCanvas : empty)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, close: () => new Promise((resolve) => server.close(resolve)) }
}

/** What a newcomer does first: another mode, settings, words, the list of keys, a sample. */
async function tryOut(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Style', exact: true }).tap()
  await page.getByRole('link', { name: 'Remix', exact: true }).tap()
  await page
    .getByRole('button', { name: /^Open the sample/ })
    .first()
    .tap()
  await page
    .getByRole('button', { name: /^Generate/ })
    .and(page.locator(':enabled'))
    .waitFor()
  await page.getByRole('button', { name: 'Prompt', exact: true }).tap()
  const prompt = page.getByRole('textbox', { name: 'Prompt' })
  await prompt.tap()
  await prompt.pressSequentially('cold dusk')
  await page.getByRole('button', { name: 'Settings', exact: true }).tap()
  await page.getByRole('slider', { name: 'Creativity' }).tap()
}

async function pressEmpty(page: Page): Promise<void> {
  for (let press = 0; press < 5; press += 1) await page.getByRole('button').tap()
}

async function visitPages(opened: Browser, url: string): Promise<void> {
  const ours: Vitals[] = []
  const empty: Vitals[] = []
  for (let visit = 0; visit < visits; visit += 1) {
    process.stderr.write(`  visit ${visit + 1} of ${visits}\n`)
    ours.push(await measureVisit(opened, url, tryOut))
    empty.push(await measureVisit(opened, bare.url, pressEmpty))
  }
  const p75 = (all: readonly Vitals[], pick: keyof Vitals) =>
    quantile(
      all.map((vitals) => vitals[pick]),
      0.75,
    )
  const slow = '4× CPU, fast 4G, p75'
  const rows = [
    ['largest contentful paint', 'lcpMs', 'ms', 2_000],
    ['slowest interaction of a first visit', 'inpMs', 'ms', 150],
    ['layout shift', 'cls', 'shift', 0.05],
  ] as const
  for (const [what, pick, unit, budget] of rows) {
    const row = { what: `${what}, ${slow}`, value: p75(ours, pick), unit, samples: visits }
    printRow({ ...row, peer: 'budget', peerValue: budget })
    if (unit === 'ms') printRow({ ...row, peer: 'an empty page, same throttling', peerValue: p75(empty, pick) })
  }
}

async function paintStrokes(opened: Browser, url: string): Promise<void> {
  process.stderr.write('  brush\n')
  const page = await opened.newPage({ viewport: { width: 1440, height: 900 } })
  await page.goto(`${url}/studio?mode=inpaint`)
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles(await makePhoto(2_048, 1_536))
  await page.getByTestId('mask-canvas').waitFor()
  const ours = await timeStrokes(page, '[data-testid=mask-canvas]')
  await page.goto(`${bare.url}/canvas`)
  const floor = await timeStrokes(page, '#bare')
  await page.close()
  for (const share of [0.95, 0.99]) {
    printRow({
      what: `brush, pointer → paint, p${share * 100}`,
      value: quantile(ours, share),
      unit: 'ms',
      peer: 'a bare canvas that draws a line',
      peerValue: quantile(floor, share),
      samples: ours.length,
    })
  }
}

async function walkGallery(opened: Browser): Promise<void> {
  process.stderr.write(`  gallery of ${images}\n`)
  const page = await opened.newPage({ viewport: { width: 1440, height: 900 } })
  await openFilledGallery(page, images, await describeStack(stack))
  await page.getByRole('gridcell').first().waitFor()
  const figures = await measureGallery(page, stack.url)
  await page.close()
  const rows = [
    ['route → first rows', figures.firstRowsMs, 'ms', 800],
    ['frame while scrolling fast, p95', figures.frameMs, 'ms', 20],
    ['End → last row seen', figures.jumpMs, 'ms', 500],
    ['cells in the document, most', figures.cells, 'cells', 120],
    ['heap afterwards', figures.heapMb, 'MB', 150],
  ] as const
  for (const [what, value, unit, peerValue] of rows) {
    const samples = unit === 'ms' && what.includes('p95') ? 240 : 1
    printRow({ what: `gallery of ${images}: ${what}`, value, unit, peer: 'budget', peerValue, samples })
  }
}
