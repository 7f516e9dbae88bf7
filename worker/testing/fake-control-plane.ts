import { randomBytes, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import { errorCodes, ForgeError } from '#shared/errors.ts'
import {
  attemptRef,
  claimInput,
  completeInput,
  failInput,
  noteRemoteInput,
  providerCostInput,
  sessionInput,
  unfitInput,
  uploadsInput,
} from '#shared/worker/schema.ts'
import { FakeJobs } from './fake-jobs.ts'

const httpStatus: Record<string, number> = {
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNPROCESSABLE_CONTENT: 422,
  TOO_MANY_REQUESTS: 429,
  SERVICE_UNAVAILABLE: 503,
}

/** `server`: connections are cut · `database`: it answers, but can do nothing · `storage`: PUT and GET fail. */
export type Part = 'server' | 'database' | 'storage'

export type FakeControlPlane = {
  url: string
  key: string
  jobs: FakeJobs
  /** Serves bytes at a signed-looking URL. */
  host: (bytes: Uint8Array) => string
  stored: Map<string, Uint8Array>
  /** What the box said of itself by `worker.unfit`, in order. */
  fitness: (string | null)[]
  /** Calls by name, refused ones included: `session`, `claim`, `uploads`, `put`, `complete`, `fail`, `release`, `report`, `leave`. */
  calls: Map<string, number>
  setAway: (part: Part, away: boolean) => void
  /** Makes the next `count` answers to a call get lost after they took effect. */
  loseAnswers: (name: string, count: number) => void
  /** Every token given out so far stops working. */
  expireTokens: () => void
  /** The key stops working. */
  revoke: () => void
  stop: () => Promise<void>
}

const reportBody = z.object({
  p_job: z.uuid(),
  p_epoch: z.int(),
  p_stage: z.string(),
  p_step: z.int(),
  p_steps: z.int(),
  p_progress: z.number(),
})

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** `worker.*`, the REST rpc and signed URLs on one loopback port, with switches for what may be away. */
export async function startFakeControlPlane(): Promise<FakeControlPlane> {
  const jobs = new FakeJobs()
  const key = `fwk_${randomBytes(16).toString('hex')}`
  const stored = new Map<string, Uint8Array>()
  const hosted = new Map<string, Uint8Array>()
  const calls = new Map<string, number>()
  const away = new Set<Part>()
  const lost = new Map<string, number>()
  const tokens = new Set<string>()
  const fitness: (string | null)[] = []
  let revoked = false
  let url = ''

  function newToken(): string {
    const now = Math.floor(Date.now() / 1_000)
    const claims = Buffer.from(JSON.stringify({ iat: now, exp: now + 600 })).toString('base64url')
    const token = `e30.${claims}.${randomBytes(8).toString('hex')}`
    tokens.add(token)
    return token
  }

  const procedures: Record<string, (input: unknown) => unknown> = {
    session(input) {
      const { key: given, capabilities } = sessionInput.parse(input)
      if (revoked || given !== key) throw new ForgeError('WORKER_KEY_INVALID')
      jobs.templates = capabilities.templates
      const expiresAt = new Date(Date.now() + 600_000).toISOString()
      return { token: newToken(), expiresAt, supabaseUrl: url, publishableKey: 'sb_publishable_test' }
    },
    claim: (input) => jobs.claim(claimInput.parse(input)),
    uploads(input) {
      const { files, ...attempt } = uploadsInput.parse(input)
      jobs.check(attempt)
      return files.map(({ name, mime }) => {
        const stagingKey = `staging/${randomUUID()}`
        return { name, url: `${url}/put/${stagingKey}`, headers: { 'content-type': mime }, stagingKey }
      })
    },
    complete: (input) => jobs.complete(completeInput.parse(input), stored),
    fail: (input) => jobs.fail(failInput.parse(input)),
    release: (input) => jobs.release(attemptRef.parse(input)),
    noteRemote: (input) => jobs.noteRemote(noteRemoteInput.parse(input)),
    providerCost: (input) => jobs.book(providerCostInput.parse(input)),
    leave: () => {},
    unfit: (input) => void fitness.push(unfitInput.parse(input).reason),
  }

  function checkToken(request: IncomingMessage): void {
    if (revoked) throw new ForgeError('WORKER_REVOKED')
    if (!tokens.has(request.headers.authorization?.replace('Bearer ', '') ?? ''))
      throw new ForgeError('UNAUTHENTICATED')
  }

  function refuse(response: ServerResponse, error: unknown, shape: (refusal: ForgeError) => unknown): void {
    const refusal = error instanceof ForgeError ? error : new ForgeError('INTERNAL')
    answer(response, httpStatus[errorCodes[refusal.code]] ?? 500, shape(refusal))
  }

  async function handleTrpc(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const input: unknown = JSON.parse((await readBody(request)).toString('utf8') || 'null')
    try {
      if (away.has('database')) throw new ForgeError('UNAVAILABLE')
      if (name !== 'session') checkToken(request)
      const data = procedures[name]?.(input)
      if (isLost(name)) request.socket.destroy()
      else answer(response, 200, { result: { data } })
    } catch (error) {
      refuse(response, error, ({ code, data }) => ({
        error: { message: code, code: -32_000, data: { code: errorCodes[code], forge: { code, data } } },
      }))
    }
  }

  async function handleReport(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = reportBody.parse(JSON.parse((await readBody(request)).toString('utf8')))
    try {
      if (away.has('database')) throw new ForgeError('UNAVAILABLE')
      checkToken(request)
      const { p_job: job, p_epoch: epoch, p_stage: stage, p_step: step, p_steps: steps, p_progress: progress } = body
      answer(response, 200, jobs.report({ job, epoch }, { epoch, stage, step, steps, progress, at: performance.now() }))
    } catch (error) {
      refuse(response, error, ({ code }) => ({ code: 'P0001', message: code }))
    }
  }

  async function handleObject(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (away.has('storage')) return answer(response, 503, {})
    if (request.method === 'GET') {
      const bytes = hosted.get(path)
      if (bytes) response.writeHead(200).end(bytes)
      else answer(response, 404, {})
      return
    }
    const stagingKey = path.replace('/put/', '')
    const bytes = await readBody(request)
    if (stored.has(stagingKey)) return answer(response, 409, {})
    stored.set(stagingKey, bytes)
    answer(response, 200, {})
  }

  function isLost(name: string): boolean {
    const left = lost.get(name) ?? 0
    lost.set(name, Math.max(0, left - 1))
    return left > 0
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? ''
    const procedure = /^\/trpc\/worker\.(\w+)/.exec(path)?.[1]
    const isReport = path === '/rest/v1/rpc/report_progress'
    const name = procedure ?? (isReport ? 'report' : request.method === 'PUT' ? 'put' : 'get')
    calls.set(name, (calls.get(name) ?? 0) + 1)
    if (away.has('server')) return void request.socket.destroy()
    if (procedure) return handleTrpc(procedure, request, response)
    return isReport ? handleReport(request, response) : handleObject(path, request, response)
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    key,
    jobs,
    stored,
    fitness,
    calls,
    host(bytes) {
      const path = `/get/${randomUUID()}?token=secret-signature`
      hosted.set(path, bytes)
      return `${url}${path}`
    },
    setAway: (part, isAway) => void (isAway ? away.add(part) : away.delete(part)),
    loseAnswers: (name, count) => void lost.set(name, count),
    expireTokens: () => tokens.clear(),
    revoke: () => void (revoked = true),
    async stop() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
