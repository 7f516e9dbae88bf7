/**
 * How a day's money is stretched before it runs out, in the order taken; each includes those before it: fewer preview
 * frames, smaller free images, no free images, no rented provider, no boxes at all. Over at midnight UTC.
 */
export const savingSteps = ['none', 'frames', 'free_size', 'free_paused', 'fallback_off', 'boxes_drained'] as const
export type SavingStep = (typeof savingSteps)[number]

/** Whether `now` includes `step`. */
export function saves(now: SavingStep, step: SavingStep): boolean {
  return savingSteps.indexOf(now) >= savingSteps.indexOf(step)
}
