/** A link in an API-format graph: the id of the source node and the index of its output. */
export type Link = [string, number]

/** One node of an API-format graph, as posted to /prompt. */
export type GraphNode = { class_type: string; inputs: Record<string, unknown>; _meta?: { title?: string } }

/** An API-format graph: node id → node. Ids are any string. */
export type Graph = Record<string, GraphNode>

export type ImageRef = { filename: string; subfolder: string; type: FolderName }

export type FolderName = 'input' | 'output' | 'temp'

/** What an output node shows: the body of `executed.output` and of history's `outputs`. */
export type NodeUi = { images: ImageRef[] }

/** A prompt that waits or runs. `number` is its priority, smallest first. Times in ms since 1970. */
export type QueueItem = {
  number: number
  id: string
  graph: Graph
  extraData: Record<string, unknown>
  outputs: string[]
  clientId: string | null
  createTime: number
}

export type StatusMessage = [event: string, data: Record<string, unknown>]

/** A finished prompt as /history keeps it. */
export type HistoryEntry = {
  item: QueueItem
  outputs: Record<string, NodeUi>
  statusStr: 'success' | 'error'
  completed: boolean
  messages: StatusMessage[]
}

export function isLink(value: unknown): value is Link {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && typeof value[1] === 'number'
}
