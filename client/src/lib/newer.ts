import { runtimeConfig } from './config.ts'
import { staleStore } from './stale.ts'

/** What a page is made of: the script it starts with, and where its parts are. */
export type Made = { script: string | null; supabaseUrl: string }

/** What a page's HTML says that it is made of; null when it is no page of the studio. */
export function madeOf(html: string): Made | null {
  const config = /id="forge-config">([^<]*)</.exec(html)?.[1]
  const script = /<script type="module"[^>]* src="([^"]+)"/.exec(html)?.[1] ?? null
  try {
    const { supabaseUrl } = JSON.parse(config ?? '') as { supabaseUrl?: unknown }
    return typeof supabaseUrl === 'string' ? { script, supabaseUrl } : null
  } catch {
    return null
  }
}

let asking: Promise<void> | null = null

async function ask(): Promise<void> {
  const answer = await fetch('/', { cache: 'no-store', signal: AbortSignal.timeout(20_000) }).catch(() => null)
  const now = answer?.ok ? madeOf(await answer.text().catch(() => '')) : null
  if (!now) return
  const script = document.querySelector('script[type="module"][src]')?.getAttribute('src') ?? null
  if (now.script !== script || now.supabaseUrl !== runtimeConfig().supabaseUrl) staleStore.set(true)
}

/**
 * Looks whether the studio has become another one since this page was opened: a new version, or one whose parts are
 * elsewhere. The offer to reload then stands above; nothing is lost by it. One look at a time, and none without answer.
 */
export function lookForNewer(): Promise<void> {
  asking ??= ask().finally(() => {
    asking = null
  })
  return asking
}
