import { createApp } from './app.ts'
import { createDeps } from './create-deps.ts'
import { readEnv } from './env.ts'

// One app per instance. The client is served from Vercel's own edge; sweeping is pg_cron's and `GET /tick`'s.
const app = createApp(await createDeps(readEnv()))

const handle = (request: Request): Response | Promise<Response> => app.fetch(request)

export { handle as GET, handle as HEAD, handle as POST }
