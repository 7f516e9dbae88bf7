import { z } from 'zod'
import { inputRoles } from '#shared/jobs/rules.ts'

export const sliderView = z.object({
  key: z.enum(['creativity', 'chaos']),
  title: z.string(),
  default: z.number(),
  /** Named stops in rising order, e.g. 0 Faithful · 50 Balanced · 100 Wild. */
  stops: z.array(z.object({ at: z.number(), name: z.string() })),
})

/** One mode as the bench shows it. */
export const modeView = z.object({
  key: z.string(),
  title: z.string(),
  summary: z.string(),
  variant: z.string(),
  steps: z.int(),
  /** Credits an image. */
  price: z.int(),
  inputs: z.array(z.object({ role: z.enum(inputRoles), title: z.string(), min: z.int(), max: z.int() })),
  sliders: z.array(sliderView),
  available: z.boolean(),
  /** Why it is not: nothing installed, a licence that forbids the caller's purse, or boxes online that cannot run it. */
  unavailable: z.enum(['not-installed', 'licence', 'no-worker']).nullable(),
  /** True when the mode repaints a painted mask on a work image (`assets.prepareWork`). */
  mask: z.boolean(),
  /** True when the prompt has a negative. */
  negative: z.boolean(),
  /** True when the image may be made from words alone, so that its shape is the user's choice (`aspect`). */
  aspect: z.boolean(),
})
export type ModeView = z.infer<typeof modeView>

export const modesView = z.object({
  modes: z.array(modeView),
  /** What renders now. `standIn` is shown to people as "preview engine: no GPU". */
  engine: z.object({ workersOnline: z.int(), standIn: z.boolean() }),
})
export type ModesView = z.infer<typeof modesView>
