import { copyState } from '#client/app/copy-state.ts'
import type { CanvasState, Wait } from './canvas.ts'

/** From this many times the usual wait on, the longest of ten is worth telling beside it. */
const wide = 1.6

/** An honest wait: one figure while it hardly varies, a span when it does, and that it is late when it is. */
export function waitWords({ etaMs, p90Ms, late }: Wait): string | null {
  if (late) return copyState.late
  if (etaMs === null) return p90Ms === null ? null : copyState.atMost(p90Ms)
  return p90Ms !== null && p90Ms > etaMs * wide ? copyState.between(etaMs, p90Ms) : copyState.about(etaMs)
}

/** Place and wait of a queued job: what is said large, and what beside it. */
export function queuedWords(state: Extract<CanvasState, { kind: 'queued' }>): { big: string; soft: string | null } {
  const { ahead, wait, waitsFor, warm, fallback } = state
  const big = ahead === null ? copyState.queued : ahead === 0 ? copyState.nextInLine : copyState.inLine(ahead + 1)
  if (waitsFor) return { big, soft: copyState.waits[waitsFor] }
  const by = fallback ? copyState.byProvider : warm === undefined ? null : copyState.warm[warm ? 'yes' : 'no']
  return { big, soft: [waitWords(wait), by].filter((part) => part !== null).join(', ') || null }
}

/** No box that could run it is up: whether one is coming, and when. */
export function noWorkerWords(startingMs: number | null): { big: string; soft: string } {
  if (startingMs === null) return { big: copyState.noWorker, soft: copyState.noWorkerMore }
  return {
    big: copyState.noWorker,
    soft: startingMs < 500 ? copyState.startingNow : copyState.startingOne(startingMs),
  }
}
