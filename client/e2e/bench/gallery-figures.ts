import type { Page } from '@playwright/test'

/** Of a wall of images: times in ms, the heap in MB. `frame` is the 95th percentile while scrolling fast. */
export type GalleryFigures = {
  firstRowsMs: number
  cells: number
  frameMs: number
  jumpMs: number
  heapMb: number
}

/**
 * Opens the gallery of whoever is signed in on `page` and measures it: route to first pictures, frames while scrolling
 * through some eighty screens, most cells in the document meanwhile, End to the last cell, heap afterwards.
 */
export async function measureGallery(page: Page, url: string): Promise<GalleryFigures> {
  await page.goto(`${url}/credits`)
  await page.getByRole('link', { name: 'Gallery' }).hover()
  await page.getByRole('heading', { name: 'Ledger' }).waitFor()
  const firstRowsMs = await page.evaluate(timeFirstRows)
  await page.waitForFunction(() => document.querySelector('[role=grid]')?.getAttribute('aria-busy') === 'false')
  const { frameMs, cells } = await page.evaluate(timeScroll)
  await page.getByRole('gridcell').first().focus()
  const jumpMs = await page.evaluate(timeJump)
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  return { firstRowsMs, cells, frameMs, jumpMs, heapMb: usedSize / 1024 / 1024 }
}

async function timeFirstRows(): Promise<number> {
  const link = [...document.querySelectorAll<HTMLElement>('.nav a')].find(
    ({ textContent }) => textContent === 'Gallery',
  )
  const started = performance.now()
  link?.click()
  for (;;) {
    await new Promise(requestAnimationFrame)
    const pictures = [...document.querySelectorAll<HTMLImageElement>('[role=gridcell] img')]
    if (
      pictures.length > 8 &&
      pictures.slice(0, 8).every(({ complete, naturalWidth }) => complete && naturalWidth > 0)
    ) {
      return performance.now() - started
    }
    if (performance.now() - started > 30_000) throw new Error('the first rows never came')
  }
}

async function timeScroll(): Promise<{ frameMs: number; cells: number }> {
  const wall = document.querySelector<HTMLElement>('.wall-scroll')
  if (!wall) throw new Error('no wall')
  const frames: number[] = []
  let cells = 0
  let before = await new Promise(requestAnimationFrame)
  for (let frame = 0; frame < 240; frame += 1) {
    wall.scrollTop += wall.clientHeight / 3
    const now = await new Promise(requestAnimationFrame)
    frames.push(now - before)
    before = now
    cells = Math.max(cells, document.querySelectorAll('[role=gridcell]').length)
  }
  frames.sort((a, b) => a - b)
  return { frameMs: frames[Math.floor(frames.length * 0.95)] ?? 0, cells }
}

async function timeJump(): Promise<number> {
  const started = performance.now()
  document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key: 'End', bubbles: true }))
  const last = String(document.querySelector('[role=grid]')?.getAttribute('aria-rowcount'))
  for (;;) {
    await new Promise(requestAnimationFrame)
    const row = document.activeElement?.closest('[role=row]')
    const picture = row?.querySelector<HTMLImageElement>('img')
    if (row?.getAttribute('aria-rowindex') === last && picture?.complete && picture.naturalWidth > 0) {
      return performance.now() - started
    }
    if (performance.now() - started > 30_000) throw new Error('the last row never came')
  }
}
