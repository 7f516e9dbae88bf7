import type { HistoryEntry, ImageRef, NodeUi, QueueItem } from './types.ts'

export const statuses: readonly string[] = ['pending', 'in_progress', 'completed', 'failed', 'cancelled']

/** A job as /api/jobs gives it. Times in ms; fields of later stages are absent before them. */
export type JobView = {
  id: string
  status: string
  priority: number
  create_time: number
  execution_start_time?: number
  execution_end_time?: number
  execution_error?: Record<string, unknown>
  outputs_count: number
  previewable_outputs_count: number
  preview_output?: ImageRef & { nodeId: string; mediaType: 'images' }
  outputs?: Record<string, NodeUi>
  execution_status?: { status_str: string; completed: boolean; messages: unknown[] }
  workflow?: { prompt: unknown; extra_data: unknown }
}

type Source = { item: QueueItem; status: 'pending' | 'in_progress' } | { item: QueueItem; entry: HistoryEntry }

/** @param whole with outputs, messages and the graph, as the single-job route answers */
export function jobView(source: Source, whole: boolean): JobView {
  const { item } = source
  const head = { id: item.id, priority: item.number, create_time: item.createTime }
  const workflow = whole ? { workflow: { prompt: item.graph, extra_data: item.extraData } } : {}
  if (!('entry' in source)) {
    return { ...head, status: source.status, outputs_count: 0, previewable_outputs_count: 0, ...workflow }
  }
  const { entry } = source
  const images = Object.entries(entry.outputs).flatMap(([nodeId, ui]) => ui.images.map((ref) => ({ ...ref, nodeId })))
  const last = images.at(-1)
  return {
    ...head,
    ...times(entry),
    status: statusOf(entry),
    outputs_count: images.length,
    previewable_outputs_count: images.length,
    ...(last !== undefined && { preview_output: { ...last, mediaType: 'images' } }),
    ...(whole && { outputs: entry.outputs, execution_status: executionStatus(entry) }),
    ...workflow,
  }
}

function executionStatus(entry: HistoryEntry) {
  return { status_str: entry.statusStr, completed: entry.completed, messages: entry.messages }
}

function messageOf(entry: HistoryEntry, event: string): Record<string, unknown> | null {
  return entry.messages.find(([name]) => name === event)?.[1] ?? null
}

/** History says "error" for both; the messages tell failure from interruption. */
function statusOf(entry: HistoryEntry): string {
  if (entry.statusStr === 'success') return 'completed'
  return messageOf(entry, 'execution_interrupted') === null ? 'failed' : 'cancelled'
}

function times(entry: HistoryEntry): Partial<JobView> {
  const start = messageOf(entry, 'execution_start')?.['timestamp']
  const end = entry.messages.at(-1)?.[1]['timestamp']
  const error = messageOf(entry, 'execution_error')
  return {
    ...(typeof start === 'number' && { execution_start_time: start }),
    ...(typeof end === 'number' && { execution_end_time: end }),
    ...(error !== null && { execution_error: error }),
  }
}
