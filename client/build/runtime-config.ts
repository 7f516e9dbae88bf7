import { loadEnv } from 'vite'
import type { Plugin } from 'vite'

/**
 * In `vite dev` fills `<script id="forge-config">` from VITE_SUPABASE_URL and VITE_SUPABASE_PUBLISHABLE_KEY. A build
 * leaves it empty: the server writes the values at serve time, so that one bundle serves every deployment.
 */
export function runtimeConfig(root: string): Plugin {
  let filled = '{}'
  return {
    name: 'forge-runtime-config',
    apply: 'serve',
    configResolved(config) {
      const env = { ...loadEnv(config.mode, root, 'VITE_'), ...process.env }
      filled = JSON.stringify({
        supabaseUrl: env['VITE_SUPABASE_URL'] ?? '',
        supabasePublishableKey: env['VITE_SUPABASE_PUBLISHABLE_KEY'] ?? '',
      })
    },
    transformIndexHtml(html) {
      return html.replace(/(<script[^>]*id="forge-config"[^>]*>)[^<]*(<\/script>)/, `$1${filled}$2`)
    },
  }
}
