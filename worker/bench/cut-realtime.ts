// Preloaded into a worker by a bench: its Realtime socket never opens, everything else works. Port 9 refuses.
const Native = globalThis.WebSocket

globalThis.WebSocket = class extends Native {
  constructor(url: string | URL, protocols?: string | string[]) {
    super(String(url).includes('/realtime/') ? 'ws://127.0.0.1:9/' : url, protocols)
  }
}
