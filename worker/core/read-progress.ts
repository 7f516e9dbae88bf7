import { jobStages, type JobStage } from '#shared/jobs/rules.ts'
import { readLink, type Graph } from '#shared/workflows/graph.ts'
import type { ComfyMessage } from './messages.ts'

export type Progress = {
  stage: JobStage
  step: number
  steps: number
  /** 0..1 over the whole graph; never falls. */
  progress: number
}

/** Everything known about a running prompt; a new object whenever a message changed something. */
export type ProgressState = Progress & {
  readonly sampler: string
  /** Nodes that use the sampler's output. All others come before it or beside it, in an order that ComfyUI chooses. */
  readonly after: ReadonlySet<string>
  /** Number of nodes that are neither the sampler nor after it. */
  readonly others: number
  readonly finished: ReadonlySet<string>
}

// Shares of the bar. Loading and decoding are short on a warm box; the steps are what people watch.
const loadingShare = 0.05
const samplingShare = 0.9

/** Nodes that `node` reaches through links, itself left out. */
function descendants(graph: Graph, node: string): Set<string> {
  const found = new Set<string>()
  for (let grew = true; grew;) {
    grew = false
    for (const [id, { inputs }] of Object.entries(graph)) {
      if (found.has(id)) continue
      const sources = Object.values(inputs).map((value) => readLink(value)?.[0])
      if (sources.some((source) => source !== undefined && (source === node || found.has(source)))) {
        found.add(id)
        grew = true
      }
    }
  }
  return found
}

/** The state before anything was heard. `steps` is what the template promises. */
export function startProgress(graph: Graph, sampler: string, steps: number): ProgressState {
  const after = descendants(graph, sampler)
  const others = Object.keys(graph).length - after.size - 1
  return { stage: 'starting', step: 0, steps, progress: 0, sampler, after, others, finished: new Set() }
}

function laterStage(a: JobStage, b: JobStage): JobStage {
  return jobStages.indexOf(a) >= jobStages.indexOf(b) ? a : b
}

function share(state: Omit<ProgressState, keyof Progress> & Pick<Progress, 'step' | 'steps'>): number {
  const done = [...state.finished].filter((id) => id !== state.sampler)
  const doneAfter = done.filter((id) => state.after.has(id)).length
  const loading = state.step > 0 || state.others === 0 ? 1 : (done.length - doneAfter) / state.others
  return (
    loadingShare * loading +
    samplingShare * (state.step / Math.max(1, state.steps)) +
    (1 - loadingShare - samplingShare) * (doneAfter / Math.max(1, state.after.size))
  )
}

/** Applies news; whatever would go backwards (a late or repeated message) is ignored. */
function advance(
  state: ProgressState,
  news: { stage?: JobStage; step?: number; steps?: number; finished?: Iterable<string> },
): ProgressState {
  const step = Math.max(state.step, news.step ?? 0)
  const steps = Math.max(step, news.steps ?? state.steps)
  const stage = laterStage(state.stage, news.stage ?? state.stage)
  const finished = news.finished ? new Set([...state.finished, ...news.finished]) : state.finished
  const next = { ...state, stage, step, steps, finished }
  const progress = Math.min(1, Math.max(state.progress, share(next)))
  const same = stage === state.stage && step === state.step && steps === state.steps && progress === state.progress
  return same && finished.size === state.finished.size ? state : { ...next, progress }
}

function samplerAt(state: ProgressState, value: number, max: number): ProgressState {
  if (value < 1) return advance(state, { stage: 'loading' })
  return advance(state, { stage: 'sampling', step: value, steps: max })
}

function nodeStarted(state: ProgressState, node: string): ProgressState {
  if (state.after.has(node)) return advance(state, { stage: 'decoding', step: state.steps })
  // The sampler first moves its model to the GPU: until step 1 that is loading, in silence, for up to minutes.
  return advance(state, { stage: 'loading' })
}

/**
 * The state after a message about this prompt (the caller filters by prompt id). Messages may come late, twice or after
 * the end: stage, step and progress never go backwards.
 */
export function readProgress(state: ProgressState, message: ComfyMessage): ProgressState {
  switch (message.type) {
    case 'execution_start':
      return advance(state, { stage: 'loading' })
    case 'execution_cached': {
      const step = message.data.nodes.includes(state.sampler) ? state.steps : 0
      return advance(state, { finished: message.data.nodes, step })
    }
    case 'executing':
      return message.data.node === null ? state : nodeStarted(state, message.data.node)
    case 'progress':
      return message.data.node === state.sampler ? samplerAt(state, message.data.value, message.data.max) : state
    case 'progress_state': {
      const entries = Object.entries(message.data.nodes)
      const finished = entries.filter(([, node]) => node.state === 'finished').map(([id]) => id)
      const sampler = message.data.nodes[state.sampler]
      const known = advance(state, { finished })
      if (finished.includes(state.sampler)) return advance(known, { stage: 'decoding', step: state.steps })
      return sampler && sampler.value >= 1 ? samplerAt(known, sampler.value, sampler.max) : known
    }
    case 'execution_success':
      return advance(state, { stage: 'decoding', step: state.steps })
    default:
      return state
  }
}
