import { z } from 'zod'
import { savingSteps } from '#shared/limits/rules.ts'
import { prewarmRule } from './prewarm.ts'

/** The operator's switches and caps. Money in US dollars and cents; null = no cap. */
export const controls = z.object({
  /** New presses are refused; what is queued goes on. */
  intakePaused: z.boolean(),
  /** Nothing queued is started; what runs is finished. */
  dispatchPaused: z.boolean(),
  freeEnabled: z.boolean(),
  /** Jobs before a GPU at one instant; neither the one ahead nor the one being saved counts. */
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
  /** Rented boxes: at least, at most, and US dollars an hour for all of them; null = no budget but the day's cap. */
  capacityMin: z.int().min(0).max(100),
  capacityMax: z.int().min(0).max(100),
  capacityHourlyUsd: z.number().min(0).max(10_000).multipleOf(0.01).nullable(),
  capacityPrewarm: z.array(prewarmRule).max(50),
  /** Whether steps of saving are taken by themselves, and the one that is held instead; null = none is held. */
  savingAuto: z.boolean(),
  savingHold: z.enum(savingSteps).nullable(),
})
export type Controls = z.infer<typeof controls>

/** What is left out stays as it is. */
export const changeControls = z.strictObject(controls.shape).partial()

/** `spentUsd`: today in UTC, rent of boxes and prices of providers. `savingStep`: what is saved on now. */
export const controlsView = controls.extend({ spentUsd: z.number(), savingStep: z.enum(savingSteps) })
export type ControlsView = z.infer<typeof controlsView>
