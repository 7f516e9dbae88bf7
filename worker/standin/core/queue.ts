import type { HistoryEntry, QueueItem } from './types.ts'

/** History as ComfyUI bounds it. */
const historyCap = 10_000

/** Prompts that wait, the one that runs, and those that ended. In memory only, as in ComfyUI. */
export class PromptQueue {
  private waiting: QueueItem[] = []
  private current: QueueItem | null = null
  private readonly ended = new Map<string, HistoryEntry>()
  private wake: (() => void) | null = null
  private readonly onChange: () => void

  /** @param onChange called when a prompt is queued, picked up, dropped or done */
  constructor(onChange: () => void) {
    this.onChange = onChange
  }

  put(item: QueueItem): void {
    const at = this.waiting.findIndex((other) => other.number > item.number)
    this.waiting.splice(at === -1 ? this.waiting.length : at, 0, item)
    this.onChange()
    this.wake?.()
  }

  /** Waits for a prompt and makes it the running one. Rejects with the signal's reason. */
  async next(signal: AbortSignal): Promise<QueueItem> {
    for (;;) {
      signal.throwIfAborted()
      const item = this.waiting.shift()
      if (item !== undefined) {
        this.current = item
        this.onChange()
        return item
      }
      await this.changed(signal)
    }
  }

  private async changed(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const wake = () => resolve()
    this.wake = wake
    signal.addEventListener('abort', wake, { once: true })
    await promise
    signal.removeEventListener('abort', wake)
  }

  /** Moves the running prompt into history. */
  finish(entry: HistoryEntry): void {
    this.current = null
    this.ended.delete(entry.item.id)
    this.ended.set(entry.item.id, entry)
    const oldest = this.ended.size > historyCap ? this.ended.keys().next().value : undefined
    if (oldest !== undefined) this.ended.delete(oldest)
    this.onChange()
  }

  /** Drops waiting prompts. Returns how many went. */
  drop(match: (item: QueueItem) => boolean): number {
    const kept = this.waiting.filter((item) => !match(item))
    const dropped = this.waiting.length - kept.length
    this.waiting = kept
    if (dropped > 0) this.onChange()
    return dropped
  }

  forget(id: string | null): void {
    if (id === null) this.ended.clear()
    else this.ended.delete(id)
  }

  running(): QueueItem | null {
    return this.current
  }

  pending(): readonly QueueItem[] {
    return this.waiting
  }

  history(): ReadonlyMap<string, HistoryEntry> {
    return this.ended
  }

  /** Running and waiting, as `queue_remaining` counts. */
  remaining(): number {
    return this.waiting.length + (this.current === null ? 0 : 1)
  }

  /** What a restart of the process loses: everything. */
  wipe(): void {
    this.waiting = []
    this.current = null
    this.ended.clear()
  }
}
