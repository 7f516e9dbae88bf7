import { pino } from 'pino'
import { expect, it, vi } from 'vitest'
import type { Backend } from './jobs/backend.ts'
import type { JobDeps } from './jobs/job-deps.ts'
import { startLoop } from './loop.ts'

const log = pino({ level: 'silent' })
const backend: Partial<Backend> = {
  depth: 2,
  parallel: false,
  readiness: async () => 'ready',
  warm: () => [],
  settled: async () => {},
}

it('a wake that comes while a claim is under way is not lost: what it announced may have been too late for it', async () => {
  const answers = [Promise.withResolvers<null>(), Promise.withResolvers<null>()]
  const claim = vi.fn(() => answers[claim.mock.calls.length - 1]?.promise ?? Promise.resolve(null))
  const deps = {
    backend,
    control: { claim, leave: async () => {} },
    journal: { list: async () => [] },
    log,
  } as unknown as JobDeps
  const room = { full() {}, isFull: async () => false }
  const stop = new AbortController()
  const loop = startLoop(deps, { pollMs: 60_000, graceMs: 0, room, log }, stop.signal)
  await vi.waitFor(() => expect(claim).toHaveBeenCalledTimes(1))

  loop.wake()
  answers[0]?.resolve(null)
  await vi.waitFor(() => expect(claim).toHaveBeenCalledTimes(2))
  answers[1]?.resolve(null)
  await new Promise((resolve) => setTimeout(resolve, 50))

  expect(claim).toHaveBeenCalledTimes(2)
  stop.abort()
  expect(await loop.ended).toBe('stopped')
})
