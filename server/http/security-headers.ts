import { secureHeaders } from 'hono/secure-headers'
import type { Config } from '#server/deps.ts'
import { ownScriptHash } from './first-frame.ts'

/** Where the captcha's script and its frame come from. */
const turnstile = 'https://challenges.cloudflare.com'

/**
 * `supabaseUrl`: the only other origin that pages talk to (Auth, Realtime, signed objects); the captcha's is allowed
 * only while one is asked for.
 */
export function securityHeaders({ supabaseUrl, turnstileSiteKey }: Pick<Config, 'supabaseUrl' | 'turnstileSiteKey'>) {
  const captcha = turnstileSiteKey === null ? [] : [turnstile]
  const http = new URL(supabaseUrl).origin
  const socket = http.replace(/^http/, 'ws')
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'self'"],
      connectSrc: ["'self'", http, socket],
      imgSrc: ["'self'", 'blob:', 'data:', http],
      workerSrc: ["'self'", 'blob:'],
      // The toaster and the scroll lock of dialogs write <style> elements and take no nonce.
      styleSrc: ["'self'", "'unsafe-inline'"],
      scriptSrc: ["'self'", ownScriptHash, ...captcha],
      frameSrc: captcha.length === 0 ? ["'none'"] : captcha,
      fontSrc: ["'self'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
    },
    // Said by whoever ends TLS; on plain http it means nothing.
    strictTransportSecurity: false,
    referrerPolicy: 'no-referrer',
    xFrameOptions: 'DENY',
    permissionsPolicy: { camera: [], microphone: [], geolocation: [], payment: [] },
  })
}
