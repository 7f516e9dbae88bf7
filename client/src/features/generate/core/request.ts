import type { CreateInput } from '#shared/jobs/schema.ts'

/** Everything of a press but its id. */
export type PressBody = Omit<CreateInput, 'requestId'>

/** A press that has been sent and not answered yet. Kept on disk, so that a lost reply can be asked for again. */
export type OpenPress = { requestId: string; body: string; at: number }

/** After this the answer is not worth waiting for: prices and places have moved on. Milliseconds. */
export const pressLifetime = 10 * 60_000

/**
 * The id for a press: that of an unanswered press of exactly the same request, so that pressing again answers the
 * same jobs, or `fresh`.
 */
export function pressFor(open: OpenPress | null, body: PressBody, now: number, fresh: string): OpenPress {
  const text = JSON.stringify(body)
  if (open && open.body === text && now - open.at < pressLifetime) return open
  return { requestId: fresh, body: text, at: now }
}
