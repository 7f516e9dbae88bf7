import { createApp } from './app.ts'
import { createDeps } from './create-deps.ts'
import { readEnv } from './env.ts'

// One app per instance. The client is served from Vercel's own edge; sweeping is pg_cron's and `GET /tick`'s.
// Vercel writes X-Forwarded-For itself and drops what the client sent, so its own hop is the one to trust.
const app = createApp(await createDeps(readEnv({ TRUSTED_HOPS: '1', ...process.env })))

const handle = (request: Request): Response | Promise<Response> => app.fetch(request)

export { handle as GET, handle as HEAD, handle as POST }
