import { vi } from 'vitest'
import type { ComfyHttp } from '#worker/comfy/http.ts'
import type { ComfyListener, ComfySocket } from '#worker/comfy/socket.ts'

const unexpected = (name: string) => () => Promise.reject(new Error(`unexpected call of ${name}`))

/** ComfyUI's HTTP side in memory; a call that the test did not give is an error. */
export function fakeHttp(calls: Partial<ComfyHttp>): ComfyHttp {
  return {
    stats: unexpected('stats'),
    objectInfo: unexpected('objectInfo'),
    submit: unexpected('submit'),
    job: unexpected('job'),
    history: unexpected('history'),
    cancel: unexpected('cancel'),
    forget: unexpected('forget'),
    upload: unexpected('upload'),
    view: unexpected('view'),
    free: unexpected('free'),
    ...calls,
  }
}

/** A socket that says what the test makes it say. */
export function fakeSocket() {
  const listeners = new Set<ComfyListener>()
  const socket: ComfySocket = {
    clientId: 'test',
    isOpen: () => true,
    restarts: () => 0,
    lastHeardAt: () => 0,
    lastOpenedAt: () => 0,
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    reconnect: vi.fn(),
    close() {},
  }
  const say: ComfyListener['onMessage'] = (message) => {
    for (const listener of listeners) listener.onMessage(message)
  }
  return { socket, say }
}
