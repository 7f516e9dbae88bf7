import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '#server/deps.ts'
import { injectConfig } from './inject-config.ts'

type Needs = Pick<Config, 'clientDist' | 'supabaseUrl' | 'supabasePublishableKey' | 'turnstileSiteKey'>

/** index.html with the runtime config, read again only when the file changed; null when the client is not built. */
export function indexReader(config: Needs): () => Promise<string | null> {
  const path = join(config.clientDist, 'index.html')
  const facts = {
    supabaseUrl: config.supabaseUrl,
    supabasePublishableKey: config.supabasePublishableKey,
    ...(config.turnstileSiteKey === null ? {} : { turnstileSiteKey: config.turnstileSiteKey }),
  }
  let held: { mtimeMs: number; html: string } | null = null
  return async () => {
    const found = await stat(path).catch(() => null)
    if (found === null) return null
    if (held?.mtimeMs !== found.mtimeMs) {
      held = { mtimeMs: found.mtimeMs, html: injectConfig(await readFile(path, 'utf8'), facts) }
    }
    return held.html
  }
}
