import type { Page } from '@playwright/test'

const moves = 240

/** Milliseconds from each pointer event to the end of the frame that draws it. */
export async function timeStrokes(page: Page, selector: string): Promise<number[]> {
  await page.evaluate(() => {
    const delays: number[] = []
    Object.assign(window, { delays })
    const channel = new MessageChannel()
    let waiting: number[] = []
    // A message posted in a frame's callbacks arrives when that frame has been laid out and painted.
    channel.port1.addEventListener('message', () => {
      const now = performance.now()
      delays.push(...waiting.map((at) => now - at))
      waiting = []
    })
    channel.port1.start()
    let asked = false
    document.addEventListener(
      'pointermove',
      (event) => {
        waiting.push(event.timeStamp)
        if (asked) return
        asked = true
        requestAnimationFrame(() => {
          asked = false
          channel.port2.postMessage(null)
        })
      },
      { capture: true },
    )
  })
  const box = await page.locator(selector).boundingBox()
  if (!box) throw new Error(`${selector} has no place`)
  const at = (share: number, turns: number) =>
    [
      box.x + box.width * (0.5 + 0.35 * share * Math.cos(turns)),
      box.y + box.height * (0.5 + 0.35 * share * Math.sin(turns)),
    ] as const
  await page.mouse.move(...at(0, 0))
  await page.mouse.down()
  for (let move = 0; move < moves; move += 1) await page.mouse.move(...at(move / moves, move / 12))
  await page.mouse.up()
  return await page.evaluate(() => (window as unknown as { delays: number[] }).delays)
}

/** What no editor can be faster than: a bare page that draws one short line for each event. */
export const bareCanvas = `<!doctype html><style>body{margin:0}</style>
<canvas id="bare" width="1024" height="768"></canvas>
<script>
  const canvas = document.getElementById('bare')
  const drawing = canvas.getContext('2d')
  drawing.lineWidth = 40
  let from = null
  canvas.addEventListener('pointermove', (event) => {
    if (from) {
      drawing.beginPath()
      drawing.moveTo(from.x, from.y)
      drawing.lineTo(event.offsetX, event.offsetY)
      drawing.stroke()
    }
    from = { x: event.offsetX, y: event.offsetY }
  })
</script>`
