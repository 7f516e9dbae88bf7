import { randomInt } from 'node:crypto'
import { fileInputs, modelFiles, signatures, withFiles } from '../graph/signatures.ts'
import type { Signature } from '../graph/signatures.ts'
import type { PaintService } from '../paint/noise-painter.ts'
import { Faults } from './faults.ts'
import type { Fault } from './faults.ts'
import type { Folders } from './files.ts'
import { Hub } from './hub.ts'
import { nodeHost } from './host.ts'
import { NodeCache } from './node-cache.ts'
import { PromptQueue } from './queue.ts'
import { Interrupted, Killed } from './run-errors.ts'
import { runPrompt } from './runner.ts'
import type { HistoryEntry, QueueItem } from './types.ts'
import { orAborted, wait } from './wait.ts'

export type MachineOptions = {
  stepMs: number
  loadMs: number
  previewSide: number
  seed: number
  folders: Folders
  painter: PaintService
}

/** One stand-in process without its HTTP: queue, runner, sockets, faults and files. */
export class Machine {
  readonly options: MachineOptions
  readonly faults: Faults
  readonly queue: PromptQueue
  readonly hub: Hub
  readonly cache = new NodeCache()
  readonly loaded = new Set<string>()
  /** Random letters of temp file names, new at each start of the process. */
  tempLetters: string
  /** How often each prompt id was accepted, for tests that count runs. */
  readonly accepted = new Map<string, number>()
  private readonly onRestart: (downMs: number) => void
  private life = new AbortController()
  private run: AbortController | null = null
  private node: string | null = null
  private counter = 0
  private freeAfterRun: { models: boolean; cache: boolean } | null = null

  constructor(options: MachineOptions, onRestart: (downMs: number) => void) {
    this.options = options
    this.onRestart = onRestart
    this.tempLetters = letters(options.seed)
    this.faults = new Faults((fault) => this.armed(fault))
    this.queue = new PromptQueue(() => this.hub.broadcastStatus())
    this.hub = new Hub(this.faults, {
      remaining: () => this.queue.remaining(),
      runningNode: (sid) => (this.queue.running()?.clientId === sid ? this.node : null),
    })
  }

  /** Starts the one prompt worker; it ends with `stop` or `wipe`. */
  start(): void {
    void this.work(this.life.signal)
  }

  stop(): void {
    this.life.abort(new Killed('stopped'))
    this.run?.abort(new Killed('stopped'))
    this.hub.terminateAll()
  }

  /** What a restart of the process does to memory and temp. `start` must follow. */
  wipe(): void {
    this.stop()
    this.life = new AbortController()
    this.queue.wipe()
    this.cache.clear()
    this.loaded.clear()
    this.options.folders.emptyTemp()
    this.counter = 0
    this.node = null
    this.tempLetters = letters(this.options.seed === 0 ? 0 : this.options.seed + 1)
  }

  nextNumber(): number {
    const number = this.counter
    this.counter += 1
    return number
  }

  signature(name: string): Signature | null {
    const signature = signatures[name]
    if (signature === undefined) return null
    if (fileInputs[name] === undefined && !name.startsWith('LoadImage')) return signature
    const images = () => this.options.folders.inputImages()
    return withFiles(name, signature, { files: (folder) => this.modelsIn(folder) ?? [], images })
  }

  /** File names of a model folder without those a fault hides; null when there is no such folder. */
  modelsIn(folder: string): string[] | null {
    const files = modelFiles[folder]
    return files?.filter((name) => this.faults.peek('missing-model', (fault) => fault.file === name) === null) ?? null
  }

  /** Interrupts the running prompt when it is this one, or any with null. Returns whether one was told. */
  interrupt(id: string | null): boolean {
    const running = this.queue.running()
    if (running === null || (id !== null && running.id !== id)) return false
    // True is no promise: a run in its last node still completes, and a dead prompt worker hears nothing.
    this.run?.abort(new Interrupted())
    return true
  }

  /** Never resolves; rejects when the process "dies". A hang that hears no interrupt. */
  untilDead(): Promise<never> {
    return orAborted(new Promise<never>(() => {}), this.life.signal)
  }

  /** Forgets models and, when asked, finished nodes: at once when idle, else after the current prompt. */
  free(what: { models: boolean; cache: boolean }): void {
    if (this.queue.running() === null) this.forget(what)
    else this.freeAfterRun = what
  }

  private forget(what: { models: boolean; cache: boolean }): void {
    if (what.models) this.loaded.clear()
    if (what.cache) this.cache.clear()
  }

  private armed(fault: Fault): void {
    if (fault.fault === 'mute' || fault.fault === 'close') this.hub.faultArmed(fault.fault)
    if (fault.fault === 'stall') this.hub.stall(this.faults.take('stall')?.ms ?? 0)
    if (fault.fault === 'restart') this.onRestart(this.faults.take('restart')?.downMs ?? 0)
  }

  private async work(life: AbortSignal): Promise<void> {
    while (!life.aborted) {
      try {
        const item = await this.queue.next(life)
        if (this.faults.take('worker-death') !== null) return
        await this.runOne(item, life)
      } catch (error) {
        if (!(error instanceof Killed)) throw error
      }
    }
  }

  private async runOne(item: QueueItem, life: AbortSignal): Promise<void> {
    const run = new AbortController()
    this.run = run
    const entry = await runPrompt(item, this.runDeps(run.signal), run.signal)
    this.run = null
    await this.close(entry, life)
  }

  private runDeps(signal: AbortSignal) {
    const { folders } = this.options
    return {
      hub: this.hub,
      cache: this.cache,
      signature: (name: string) => this.signature(name),
      fileMark: (name: unknown) => folders.mark(name),
      host: nodeHost(this, signal),
      onNode: (id: string | null) => (this.node = id),
      onOutOfMemory: () => this.loaded.clear(),
    }
  }

  /** History first, then status, then the closing null: the order clients rely on, unless a fault turns it. */
  private async close(entry: HistoryEntry, life: AbortSignal): Promise<void> {
    const lag = this.faults.take('history-lag')
    this.node = null
    const sayNull = () => this.hub.toClient(entry.item.clientId, 'executing', { node: null, prompt_id: entry.item.id })
    if (lag?.afterNull === true) sayNull()
    if (lag !== null) await wait(lag.ms, life)
    this.queue.finish(entry)
    if (lag?.afterNull !== true) sayNull()
    if (this.freeAfterRun !== null) this.forget(this.freeAfterRun)
    this.freeAfterRun = null
  }
}

function letters(seed: number): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz'
  const pick = (at: number) => (seed === 0 ? randomInt(26) : (seed * 7919 + at * 104_729) % 26)
  return Array.from({ length: 5 }, (_, at) => alphabet[pick(at)] ?? 'a').join('')
}
