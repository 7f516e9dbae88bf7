import type { FrameMessage } from '#shared/realtime/schema.ts'
import { frameLimits } from '#shared/realtime/topics.ts'
import { encodeFrame, type SmallFrame } from '#worker/images/encode-frame.ts'

export type StepFrame = SmallFrame & { step: number; steps: number }

/** A job's previews: the newest goes out as often as the channel may carry it, a dozen are kept for the timeline. */
export type FrameStream = {
  /** Returns at once; a frame that comes too soon or while another is encoded replaces the one that waits. */
  offer: (frame: StepFrame) => void
  /** Frames for the timeline strip, oldest first. */
  kept: () => Uint8Array[]
  close: () => void
}

/** Which of the timeline's places a step falls into. */
export function timelinePlace(step: number, steps: number): number {
  const share = Math.min(1, Math.max(0, (step - 1) / Math.max(1, steps)))
  return Math.min(frameLimits.timeline - 1, Math.floor(share * frameLimits.timeline))
}

/** `intervalMs` answers how far apart frames may go out now; it is asked before each. */
export function createFrameStream(send: (frame: FrameMessage) => void, intervalMs: () => number): FrameStream {
  const places = new Map<number, Uint8Array>()
  let waiting: StepFrame | undefined
  let timer: NodeJS.Timeout | undefined
  let busy = false
  let closed = false
  let sentAt = Number.NEGATIVE_INFINITY
  let seq = 0

  async function flush(): Promise<void> {
    timer = undefined
    const frame = waiting
    waiting = undefined
    if (!frame || closed) return
    busy = true
    sentAt = performance.now()
    const small = await encodeFrame(frame)
    busy = false
    if (small && !closed) {
      const data = Buffer.from(small.bytes).toString('base64')
      send({ seq, step: frame.step, steps: frame.steps, mime: small.mime, data })
      seq += 1
    }
    schedule()
  }

  function schedule(): void {
    if (!waiting || busy || closed || timer) return
    timer = setTimeout(() => void flush(), Math.max(0, sentAt + intervalMs() - performance.now()))
  }

  return {
    offer(frame) {
      if (closed) return
      places.set(timelinePlace(frame.step, frame.steps), frame.bytes)
      waiting = frame
      schedule()
    },
    kept: () => [...places].sort(([a], [b]) => a - b).map(([, bytes]) => bytes),
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}
