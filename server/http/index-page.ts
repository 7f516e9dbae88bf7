import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '#server/deps.ts'
import { type FirstFrames, firstFramesFile } from '#shared/first-frame/rules.ts'
import { withFirstFrame } from './first-frame.ts'
import { injectConfig } from './inject-config.ts'

type Needs = Pick<Config, 'clientDist' | 'supabaseUrl' | 'supabasePublishableKey' | 'turnstileSiteKey'>
type Held = { mtimeMs: number; html: string; drawn: FirstFrames }

/** A client built without first frames starts with an empty page everywhere. */
async function readDrawn(folder: string): Promise<FirstFrames> {
  const text = await readFile(join(folder, firstFramesFile), 'utf8').catch(() => null)
  return text === null ? {} : (JSON.parse(text) as FirstFrames)
}

/**
 * index.html with the runtime config and what is seen first at `address` (path and search), read again only when the
 * file changed; null when the client is not built.
 */
export function indexReader(config: Needs): (address: string) => Promise<string | null> {
  const path = join(config.clientDist, 'index.html')
  const facts = {
    supabaseUrl: config.supabaseUrl,
    supabasePublishableKey: config.supabasePublishableKey,
    ...(config.turnstileSiteKey === null ? {} : { turnstileSiteKey: config.turnstileSiteKey }),
  }
  let held: Held | null = null
  return async (address) => {
    const found = await stat(path).catch(() => null)
    if (found === null) return null
    if (held?.mtimeMs !== found.mtimeMs) {
      const [html, drawn] = await Promise.all([readFile(path, 'utf8'), readDrawn(config.clientDist)])
      held = { mtimeMs: found.mtimeMs, html: injectConfig(html, facts), drawn }
    }
    return withFirstFrame(held.html, held.drawn, address)
  }
}
