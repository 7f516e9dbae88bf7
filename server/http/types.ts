import type { HttpBindings } from '@hono/node-server'
import type { Logger } from 'pino'

/** What every handler of the app can read. `Bindings` are absent where no Node socket exists (Vercel). */
export type HttpEnv = {
  Bindings: Partial<HttpBindings>
  Variables: { requestId: string; log: Logger; address: string | null }
}
