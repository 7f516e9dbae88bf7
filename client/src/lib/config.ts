/** Where Supabase is, written into the page by the server (or by Vite in development). */
export type RuntimeConfig = {
  supabaseUrl: string
  supabasePublishableKey: string
  /** null: strangers are asked for no captcha. */
  turnstileSiteKey: string | null
}

function read(): RuntimeConfig {
  const text = document.getElementById('forge-config')?.textContent ?? '{}'
  const parsed = JSON.parse(text) as Partial<RuntimeConfig>
  return {
    supabaseUrl: parsed.supabaseUrl ?? '',
    supabasePublishableKey: parsed.supabasePublishableKey ?? '',
    turnstileSiteKey: parsed.turnstileSiteKey ?? null,
  }
}

let known: RuntimeConfig | null = null

/** The page's configuration; empty strings when the server gave none, which every Supabase call then reports. */
export function runtimeConfig(): RuntimeConfig {
  known ??= read()
  return known
}
