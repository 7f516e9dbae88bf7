import { setTimeout as wait } from 'node:timers/promises'
import { pick, seeded } from '#supabase/tests/soak/random.ts'
import { type Injector, num } from './stage.ts'

export const pageFaults = {
  async 'sockets-lost'(fault, { stack }) {
    stack.sockets.mode = 'refuse'
    stack.sockets.cutSockets()
    await wait(num(fault, 'forMs'))
    stack.sockets.mode = 'pass'
  },
  async 'doorbell-lost'(fault, { stack }) {
    const rule = {
      matches: ({ path }: { path: string }) => path.startsWith('/realtime/'),
      fault: { act: 'cut' } as const,
      times: Number.POSITIVE_INFINITY,
    }
    stack.api.rules.push(rule)
    stack.api.cutSockets()
    await wait(num(fault, 'forMs'))
    rule.times = 0
  },
  /** Each message is dropped, repeated or late by up to a second, which also changes their order. */
  async 'messages-mangled'(fault, { watchers, atEnd }) {
    const random = seeded(num(fault, 'salt'))
    for (const watcher of watchers) {
      watcher.mangle = (deliver) => {
        const dice = random()
        if (dice < 0.2) return
        if (dice < 0.5) deliver()
        setTimeout(deliver, pick(random, 1_000))
      }
      atEnd(() => (watcher.mangle = null))
    }
    await wait(num(fault, 'forMs'))
    for (const watcher of watchers) watcher.mangle = null
  },
  async 'subscribed-late'(fault, { stack, watchers }) {
    for (const watcher of watchers) watcher.stop()
    stack.sockets.latencyMs = num(fault, 'latencyMs')
    for (const watcher of watchers) watcher.start()
    await wait(num(fault, 'forMs'))
    stack.sockets.latencyMs = 0
  },
  async 'token-expired'(fault, { stack, watchers, atEnd }) {
    for (const watcher of watchers) {
      watcher.expired = true
      atEnd(() => (watcher.expired = false))
    }
    stack.sockets.cutSockets()
    await wait(num(fault, 'forMs'))
    for (const watcher of watchers) watcher.expired = false
  },
  reload(_fault, { watchers }) {
    for (const watcher of watchers) {
      watcher.stop()
      watcher.start()
    }
    return Promise.resolve()
  },
  async background(fault, { watchers, atEnd }) {
    for (const watcher of watchers) {
      watcher.visible = false
      atEnd(() => (watcher.visible = true))
    }
    await wait(num(fault, 'forMs'))
    for (const watcher of watchers) {
      watcher.visible = true
      watcher.engine.wake()
    }
  },
} as const satisfies Record<string, Injector>
