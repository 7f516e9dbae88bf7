import { Worker } from 'node:worker_threads'
import type { PaintRequest, Raster } from './job.ts'

type Reply = { id: number; raster: Raster } | { id: number; error: string }

/**
 * Runs paint requests on one thread of its own, so HTTP and sockets stay responsive. The thread starts at the first
 * request and does not keep the process alive.
 */
export class Painter {
  private thread: Worker | null = null
  private nextId = 0
  private readonly waiting = new Map<number, PromiseWithResolvers<Raster>>()

  run(request: PaintRequest): Promise<Raster> {
    const worker = this.worker()
    const id = (this.nextId += 1)
    const reply = Promise.withResolvers<Raster>()
    this.waiting.set(id, reply)
    worker.postMessage({ id, request }, [])
    return reply.promise
  }

  private worker(): Worker {
    if (this.thread !== null) return this.thread
    const thread = new Worker(new URL('./thread.ts', import.meta.url), { execArgv: [] })
    thread.unref()
    thread.on('message', (reply: Reply) => {
      const waiting = this.waiting.get(reply.id)
      this.waiting.delete(reply.id)
      if ('error' in reply) waiting?.reject(new Error(reply.error))
      else waiting?.resolve(reply.raster)
    })
    thread.on('error', (error) => this.fail(error))
    this.thread = thread
    return thread
  }

  private fail(error: unknown): void {
    this.thread = null
    for (const waiting of this.waiting.values()) waiting.reject(error)
    this.waiting.clear()
  }

  async stop(): Promise<void> {
    const thread = this.thread
    this.fail(new Error('the paint thread was stopped'))
    await thread?.terminate()
  }
}
