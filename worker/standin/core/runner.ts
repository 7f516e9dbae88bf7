import { executionOrder, sources } from '../graph/order.ts'
import { cacheKeys } from '../graph/keys.ts'
import { evaluate } from '../nodes/evaluate.ts'
import type { NodeHost } from '../nodes/evaluate.ts'
import { Inputs } from '../nodes/values.ts'
import type { NodeResult, Value } from '../nodes/values.ts'
import type { Signature } from '../graph/signatures.ts'
import type { Hub } from './hub.ts'
import type { NodeCache } from './node-cache.ts'
import { ProgressState } from './progress.ts'
import { Interrupted, Killed, NodeFailure } from './run-errors.ts'
import type { HistoryEntry, NodeUi, QueueItem, StatusMessage } from './types.ts'
import { isLink } from './types.ts'

export type RunDeps = {
  hub: Hub
  cache: NodeCache
  signature: (className: string) => Signature | null
  fileMark: (name: unknown) => string
  /** The services of one node of one run. */
  host: (item: QueueItem, nodeId: string, progress: ProgressState) => NodeHost
  onNode: (nodeId: string | null) => void
  onOutOfMemory: () => void
}

/** Runs one prompt to its end and tells its client. The caller writes history and sends the closing null. */
export async function runPrompt(item: QueueItem, deps: RunDeps, signal: AbortSignal): Promise<HistoryEntry> {
  const run = new PromptRun(item, deps, signal)
  return run.finish()
}

class PromptRun {
  private readonly messages: StatusMessage[] = []
  private readonly outputs: Record<string, NodeUi> = {}
  private readonly results = new Map<string, NodeResult>()
  private readonly executed: string[] = []
  private readonly progress: ProgressState
  private readonly item: QueueItem
  private readonly deps: RunDeps
  private readonly signal: AbortSignal

  constructor(item: QueueItem, deps: RunDeps, signal: AbortSignal) {
    this.item = item
    this.deps = deps
    this.signal = signal
    this.progress = new ProgressState(item, deps.hub)
  }

  async finish(): Promise<HistoryEntry> {
    const { graph, outputs } = this.item
    this.say('execution_start', {})
    const keys = cacheKeys(graph, (id) => this.fileMark(id))
    const keyOf = (id: string) => keys.get(id) ?? ''
    const cached = new Set(Object.keys(graph).filter((id) => this.deps.cache.has(keyOf(id))))
    for (const id of cached) this.results.set(id, this.deps.cache.get(keyOf(id)) ?? { outputs: [] })
    this.say('execution_cached', { nodes: [...cached] })
    const order = executionOrder(graph, outputs, { cached, isOutput: (id) => outputs.includes(id) })
    for (const id of order) {
      try {
        this.signal.throwIfAborted()
        if (cached.has(id)) this.replay(id)
        else await this.run(id, keyOf(id))
      } catch (error) {
        if (error instanceof Killed) throw error
        return this.fail(id, error)
      }
    }
    this.say('execution_success', {})
    return this.entry('success')
  }

  private say(event: string, data: Record<string, unknown>): void {
    const full = { prompt_id: this.item.id, ...data, timestamp: Date.now() }
    this.messages.push([event, full])
    this.deps.hub.toClient(this.item.clientId, event, full)
  }

  private fileMark(id: string): string {
    const node = this.item.graph[id]
    return node?.class_type.startsWith('LoadImage') ? this.deps.fileMark(node.inputs['image']) : ''
  }

  /** A cached output node runs nothing but shows its old result again. */
  private replay(id: string): void {
    const ui = this.results.get(id)?.ui
    if (ui !== undefined) this.show(id, ui)
    this.progress.finish(id)
  }

  private async run(id: string, key: string): Promise<void> {
    const node = this.item.graph[id]
    // Validation checked every link, so the node is there.
    if (node === undefined) throw new Error(`no node ${id}`)
    this.progress.start(id)
    this.deps.onNode(id)
    this.deps.hub.toClient(this.item.clientId, 'executing', { node: id, display_node: id, prompt_id: this.item.id })
    const values = new Map<string, Value>()
    for (const [name, value] of Object.entries(node.inputs)) {
      const found = isLink(value) ? this.results.get(value[0])?.outputs[value[1]] : undefined
      if (found !== undefined) values.set(name, found)
    }
    const outputs = this.deps.signature(node.class_type)?.output ?? []
    const host = this.deps.host(this.item, id, this.progress)
    const result = await evaluate(node.class_type, new Inputs(node.inputs, values), { host, outputs })
    this.results.set(id, result)
    if (result.spoilt !== true) this.deps.cache.set(key, result)
    if (result.ui !== undefined) this.show(id, result.ui)
    this.progress.finish(id)
    this.executed.push(id)
  }

  private show(id: string, ui: NodeUi): void {
    this.outputs[id] = ui
    const data = { node: id, display_node: id, output: ui, prompt_id: this.item.id }
    this.deps.hub.toClient(this.item.clientId, 'executed', data)
  }

  private fail(id: string, error: unknown): HistoryEntry {
    const node = { node_id: id, node_type: this.item.graph[id]?.class_type, executed: this.executed }
    if (error instanceof Interrupted) {
      this.say('execution_interrupted', node)
      return this.entry('error')
    }
    const exception_type = error instanceof NodeFailure ? error.exceptionType : 'RuntimeError'
    if (exception_type.endsWith('OutOfMemoryError')) this.deps.onOutOfMemory()
    this.say('execution_error', {
      ...node,
      exception_message: error instanceof Error ? error.message : String(error),
      exception_type,
      traceback: ['  File "execution.py", in execute\n'],
      current_inputs: this.item.graph[id]?.inputs ?? {},
      current_outputs: [id, ...this.executed, ...sources(this.item.graph, id)],
    })
    return this.entry('error')
  }

  private entry(statusStr: 'success' | 'error'): HistoryEntry {
    const { item, outputs, messages } = this
    return { item, outputs, statusStr, completed: statusStr === 'success', messages }
  }
}
