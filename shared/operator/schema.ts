import { z } from 'zod'

/** The operator's switches and caps. Money in US dollars and cents; null = no cap. */
export const controls = z.object({
  /** New presses are refused; what is queued goes on. */
  intakePaused: z.boolean(),
  /** Nothing queued is started; what runs is finished. */
  dispatchPaused: z.boolean(),
  freeEnabled: z.boolean(),
  /** Jobs running at one instant. */
  maxConcurrent: z.int().min(0).max(100_000).nullable(),
  dailyCapUsd: z.number().min(0).max(1_000_000).multipleOf(0.01).nullable(),
  /** An outside provider may render what no box takes in time. */
  providerFallback: z.boolean(),
  /** It renders whatever it may, boxes or no boxes. */
  fallbackAlways: z.boolean(),
  /** Seconds without a word of any box; null = as long as nine of ten cold starts take. */
  fallbackSilenceS: z.int().min(0).max(86_400).nullable(),
  /** Predicted seconds to the image; null = never for that. */
  fallbackWaitS: z.int().min(1).max(86_400).nullable(),
})
export type Controls = z.infer<typeof controls>

/** What is left out stays as it is. */
export const changeControls = z.strictObject(controls.shape).partial()

/** `spentUsd`: today in UTC, rent of live boxes and prices of providers. */
export const controlsView = controls.extend({ spentUsd: z.number() })
export type ControlsView = z.infer<typeof controlsView>
