// Preloaded into a worker by a bench: prints a line at the moment each preview goes into its Realtime socket.
import process from 'node:process'

const Native = globalThis.WebSocket

globalThis.WebSocket = class extends Native {
  override send(data: string | ArrayBufferLike | Blob | ArrayBufferView): void {
    const at = performance.timeOrigin + performance.now()
    super.send(data as string)
    const text = textOf(data)
    const attempt = /job:([0-9a-f-]{36}):(\d+)/.exec(text)
    const seq = /"seq":(\d+)/.exec(text)?.[1]
    if (!attempt || seq === undefined) return
    const line = { msg: 'frame sent', job: attempt[1], epoch: Number(attempt[2]), seq: Number(seq), at }
    process.stdout.write(`${JSON.stringify(line)}\n`)
  }
}

function textOf(data: unknown): string {
  if (typeof data === 'string') return data
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1')
  return data instanceof ArrayBuffer ? Buffer.from(data).toString('latin1') : ''
}
