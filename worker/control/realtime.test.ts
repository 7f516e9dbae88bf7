import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { eventually } from '#worker/testing/bench-box.ts'
import { startFakeRealtime } from '#worker/testing/fake-realtime.ts'
import { startRealtime } from './realtime.ts'
import type { Session, SessionInfo } from './session.ts'

async function connect() {
  const server = await startFakeRealtime()
  let token = 'first'
  const info = (): SessionInfo => ({
    token,
    expiresAt: '',
    supabaseUrl: server.url,
    publishableKey: 'sb_publishable_x',
  })
  const session: Session = { current: async () => info(), drop: vi.fn(), describe: vi.fn(), announce: vi.fn() }
  const events = { onWake: vi.fn(), onCancel: vi.fn(), onDrain: vi.fn() }
  const realtime = startRealtime(info(), session, events, pino({ level: 'silent' }))
  onTestFinished(async () => {
    await realtime.close()
    await server.stop()
  })
  await eventually(() => events.onWake.mock.calls.length === 1, 'the first ring')
  return { server, events, realtime, renew: () => void (token = 'second') }
}

const frame = { seq: 0, step: 1, steps: 4, mime: 'image/jpeg', data: 'AA==' } as const

describe('startRealtime', { timeout: 20_000 }, () => {
  it('rings on connecting, since what was sent before is lost, and on every wake', async () => {
    const { server, events } = await connect()

    server.broadcast('workers', 'wake', {})

    await eventually(() => events.onWake.mock.calls.length === 2, 'the second ring')
  })

  it('passes on a cancel and a drain, and ignores what is not one', async () => {
    const { server, events } = await connect()
    const attempt = { job: randomUUID(), epoch: 3 }

    server.broadcast('workers', 'cancel', { job: 'x' })
    server.broadcast('workers', 'cancel', attempt)
    server.broadcast('workers', 'drain', {})

    await eventually(() => events.onDrain.mock.calls.length === 1, 'the drain')
    expect(events.onCancel.mock.calls).toEqual([[attempt]])
  })

  it('comes back after its connection is cut, with the newest token, and rings again', async () => {
    const { server, events, renew } = await connect()
    renew()

    server.cut()
    await eventually(() => events.onWake.mock.calls.length === 2, 'the ring after the reconnect')

    expect(server.joins.at(-1)).toEqual({ topic: 'workers', token: 'second' })
  })

  it('joins again after the server closed its channel', async () => {
    const { server, events } = await connect()

    server.closeChannel('workers')
    await eventually(() => events.onWake.mock.calls.length === 2, 'the ring after the new join')

    server.broadcast('workers', 'wake', {})
    await eventually(() => events.onWake.mock.calls.length === 3, 'it hears again')
  })

  it('sends frames on the channel of the attempt', async () => {
    const { server, realtime } = await connect()
    const job = randomUUID()
    const channel = realtime.openFrames({ job, epoch: 2 })

    await eventually(() => (channel.send(frame), server.heard.length > 0), 'a frame is heard')

    expect(server.heard[0]).toEqual({ topic: `job:${job}:2`, event: 'frame', payload: frame })
    channel.close()
  })

  it('drops frames while it may not send, without an error or a request', async () => {
    const { server, realtime } = await connect()
    server.admit = false
    const requests = vi.spyOn(globalThis, 'fetch')
    onTestFinished(() => requests.mockRestore())
    const channel = realtime.openFrames({ job: randomUUID(), epoch: 1 })
    await eventually(() => server.joins.length === 2, 'it tried to join')

    channel.send(frame)
    channel.close()
    channel.send(frame)

    expect(server.heard).toEqual([])
    expect(requests).not.toHaveBeenCalled()
  })
})
