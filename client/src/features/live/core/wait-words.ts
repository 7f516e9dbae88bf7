import { copy } from '#client/app/copy.ts'
import type { CanvasState, Wait } from './canvas.ts'

/** From this many times the usual wait on, the longest of ten is worth telling beside it. */
const wide = 1.6

/** An honest wait: one figure while it hardly varies, a span when it does, and that it is late when it is. */
export function waitWords({ etaMs, p90Ms, late }: Wait): string | null {
  if (late) return copy.state.late
  if (etaMs === null) return p90Ms === null ? null : copy.state.atMost(p90Ms)
  return p90Ms !== null && p90Ms > etaMs * wide ? copy.state.between(etaMs, p90Ms) : copy.state.about(etaMs)
}

/** Place and wait of a queued job: what is said large, and what beside it. */
export function queuedWords(state: Extract<CanvasState, { kind: 'queued' }>): { big: string; soft: string | null } {
  const { ahead, wait, waitsFor, warm, fallback } = state
  const big = ahead === null ? copy.state.queued : ahead === 0 ? copy.state.nextInLine : copy.state.inLine(ahead + 1)
  if (waitsFor) return { big, soft: copy.state.waits[waitsFor] }
  const by = fallback ? copy.state.byProvider : warm === undefined ? null : copy.state.warm[warm ? 'yes' : 'no']
  return { big, soft: [waitWords(wait), by].filter((part) => part !== null).join(', ') || null }
}

/** No box that could run it is up: whether one is coming, and when. */
export function noWorkerWords(startingMs: number | null): { big: string; soft: string } {
  if (startingMs === null) return { big: copy.state.noWorker, soft: copy.state.noWorkerMore }
  return {
    big: copy.state.noWorker,
    soft: startingMs < 500 ? copy.state.startingNow : copy.state.startingOne(startingMs),
  }
}
