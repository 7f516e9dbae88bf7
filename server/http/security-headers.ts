import { secureHeaders } from 'hono/secure-headers'

/** `supabaseUrl`: the only other origin that pages talk to (Auth, Realtime, signed objects). */
export function securityHeaders(supabaseUrl: string) {
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
      scriptSrc: ["'self'"],
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
