import { createMemoryHistory } from '@tanstack/react-router'
import { renderToString } from 'react-dom/server'
import { App } from './app/app.tsx'
import { router } from './app/router.tsx'
import { fallbackModes } from './routes/studio/fallback-modes.ts'

/** What a newcomer's page shows at `address` before anybody has answered anything, as markup. */
async function draw(address: string): Promise<string> {
  router.update({ history: createMemoryHistory({ initialEntries: [address] }), scrollRestoration: false })
  await router.load()
  return renderToString(<App />)
}

/** The first frames by address: the studio, and each of its modes. Run by the build, never in a browser. */
export async function drawFirstFrames(): Promise<Record<string, string>> {
  const frames: Record<string, string> = {}
  for (const address of ['/', '/studio', ...fallbackModes.map((mode) => `/studio?mode=${mode.key}`)]) {
    frames[address] = await draw(address)
  }
  return frames
}
