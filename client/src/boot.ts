import { repeatPresses } from './app/early-presses.ts'
import './styles/index.css'

/** The app does not wait longer than this for the pictures of the first frame. Milliseconds. */
const longest = 700

/** Resolves once what is seen first has been painted: a script that starts before would hold the paint up. */
async function painted(frame: Element): Promise<void> {
  const pictures = [...frame.querySelectorAll<HTMLImageElement>('img[fetchpriority="high"]')]
  await Promise.all(pictures.map((picture) => picture.decode().catch(() => undefined)))
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
}

const place = document.getElementById('root')
if (!place) throw new Error('index.html has no #root')
const frame = document.getElementById('first-frame')
const shown = frame?.checkVisibility() ? frame : null
const repeat = repeatPresses(shown)
// A page in the background paints nothing.
if (shown) await Promise.race([painted(shown), new Promise((resolve) => setTimeout(resolve, longest))])
try {
  const { start } = await import('./main.tsx')
  await start(place)
} catch (error) {
  document.documentElement.dataset['unstarted'] = ''
  throw error
}
repeat(place)
