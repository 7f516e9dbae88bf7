import type { Browser, CDPSession, Page } from '@playwright/test'

/** What a visitor on a slow phone meets: milliseconds, and the sum of layout shifts as web-vitals counts it. */
export type Vitals = { lcpMs: number; inpMs: number; cls: number }

/** "Fast 4G" of Chromium's own tools: bytes per second and milliseconds. */
const fast4g = { downloadThroughput: 1_012_500, uploadThroughput: 168_750, latency: 165, offline: false }
const slowdown = 4
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 } as const

type Kept = { lcp: number; shifts: { at: number; value: number }[]; interactions: Map<number, number> }

/** Runs before the page's own scripts; what it keeps is read by `readVitals`. */
function keepVitals(): void {
  const kept: Kept = { lcp: 0, shifts: [], interactions: new Map() }
  Object.assign(window, { kept })
  const observe = (type: string, take: (entry: PerformanceEntry) => void) =>
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => take(entry))).observe({
      type,
      buffered: true,
      durationThreshold: 16,
    } as PerformanceObserverInit)
  observe('largest-contentful-paint', (entry) => {
    kept.lcp = entry.startTime
  })
  observe('layout-shift', (entry) => {
    const { value, hadRecentInput } = entry as PerformanceEntry & { value: number; hadRecentInput: boolean }
    if (!hadRecentInput) kept.shifts.push({ at: entry.startTime, value })
  })
  const interaction = (entry: PerformanceEntry) => {
    const { interactionId = 0 } = entry as PerformanceEntry & { interactionId?: number }
    if (interactionId === 0) return
    kept.interactions.set(interactionId, Math.max(entry.duration, kept.interactions.get(interactionId) ?? 0))
  }
  observe('event', interaction)
  observe('first-input', interaction)
}

/** The worst window of shifts: at most 5 s long, no gap above 1 s. The slowest interaction, as there are below fifty. */
function readVitals(): Vitals {
  const { kept } = window as unknown as { kept: Kept }
  let cls = 0
  let opened = Number.NEGATIVE_INFINITY
  let before = Number.NEGATIVE_INFINITY
  let sum = 0
  for (const { at, value } of kept.shifts) {
    if (at - before > 1_000 || at - opened > 5_000) [opened, sum] = [at, 0]
    before = at
    sum += value
    cls = Math.max(cls, sum)
  }
  return { lcpMs: kept.lcp, inpMs: Math.max(0, ...kept.interactions.values()), cls }
}

/** Opens `url` with nothing cached on a phone four times slower than this machine over fast 4G, then `use`s the page. */
export async function measureVisit(browser: Browser, url: string, use: (page: Page) => Promise<void>): Promise<Vitals> {
  const context = await browser.newContext(phone)
  try {
    const page = await context.newPage()
    await page.addInitScript(keepVitals)
    const session = await context.newCDPSession(page)
    await slowDown(session)
    await page.goto(url, { waitUntil: 'load' })
    await page.waitForLoadState('networkidle')
    await use(page)
    // An entry of an interaction is written after the frame that answers it.
    await page.waitForTimeout(500)
    return await page.evaluate(readVitals)
  } finally {
    await context.close()
  }
}

async function slowDown(session: CDPSession): Promise<void> {
  await session.send('Network.enable')
  await session.send('Network.emulateNetworkConditions', fast4g)
  await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown })
}
