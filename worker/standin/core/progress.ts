import type { Hub } from './hub.ts'
import type { QueueItem } from './types.ts'

type NodeProgress = { value: number; max: number; state: 'running' | 'finished' }

/** What `progress_state` repeats: every node of this run that started, in order. */
export class ProgressState {
  private readonly nodes = new Map<string, NodeProgress>()
  private readonly item: QueueItem
  private readonly hub: Hub

  constructor(item: QueueItem, hub: Hub) {
    this.item = item
    this.hub = hub
  }

  start(id: string): void {
    this.set(id, { value: 0, max: 1, state: 'running' })
  }

  /** One sampler step: the state, then `progress` with its preview. */
  step(id: string, at: { value: number; max: number; jpeg: Buffer | null }): void {
    const { value, max, jpeg } = at
    this.set(id, { value, max, state: 'running' })
    const data = { value, max, prompt_id: this.item.id, node: id }
    this.hub.progress(this.item.clientId, data, jpeg === null ? null : { jpeg, nodeId: id })
  }

  finish(id: string): void {
    const max = this.nodes.get(id)?.max ?? 1
    this.set(id, { value: max, max, state: 'finished' })
  }

  private set(id: string, progress: NodeProgress): void {
    this.nodes.set(id, progress)
    const prompt_id = this.item.id
    const nodes = Object.fromEntries(
      [...this.nodes].map(([node, { value, max, state }]) => [
        node,
        {
          value,
          max,
          state,
          node_id: node,
          prompt_id,
          display_node_id: node,
          parent_node_id: null,
          real_node_id: node,
        },
      ]),
    )
    this.hub.toClientOrAll(this.item.clientId, 'progress_state', { prompt_id, nodes })
  }
}
