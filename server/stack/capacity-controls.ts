import { z } from 'zod'
import { type PrewarmRule, prewarmRule } from '#shared/operator/prewarm.ts'
import { savingSteps } from '#shared/limits/rules.ts'

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

const whole = z.string().regex(/^\d+$/).transform(Number)
const usd = z
  .string()
  .regex(/^\d+(\.\d\d?)?$/)
  .transform(Number)

/** What an operator says of rented boxes and of the autopilot, and the columns of the settings that it means. */
export const capacityWords = {
  min: whole.transform((value) => ({ capacity_min: value })),
  max: whole.pipe(z.number().max(100)).transform((value) => ({ capacity_max: value })),
  hourly: z
    .union([z.literal('none').transform(() => null), usd])
    .transform((value) => ({ capacity_hourly_usd: value })),
  idle: whole.transform((value) => ({ capacity_idle_s: value })),
  wait: whole.pipe(z.number().min(1)).transform((value) => ({ capacity_target_wait_s: value })),
  prewarm: z.string().transform((text, context) => {
    const rules = readSchedule(text)
    if (rules === null)
      context.addIssue({ code: 'custom', message: 'a schedule is “mon-fri 08:00-18:00 1; sat 10:00-14:00 1”' })
    return { capacity_prewarm: rules ?? [] }
  }),
  saving: z.union([
    z.literal('auto').transform(() => ({ saving_auto: true, saving_hold: null })),
    z.literal('off').transform(() => ({ saving_auto: false, saving_hold: null })),
    z.enum(savingSteps).transform((step) => ({ saving_hold: step })),
  ]),
}

export const capacityUsage = `[min=<boxes>] [max=<boxes>] [hourly=<US dollars>|none] [idle=<seconds>] [wait=<seconds>]
  [prewarm="mon-fri 08:00-18:00 1; sat 10:00-14:00 1"|none] [saving=auto|off|${savingSteps.join('|')}]`

/** Boxes by weekday and hour in UTC: `<days> <from>-<to> <boxes>`, several with `;`. Null when it is no schedule. */
export function readSchedule(text: string): PrewarmRule[] | null {
  if (text.trim() === 'none') return []
  const rules = text.split(';').map((part) => {
    const [which = '', span = '', min = ''] = part.trim().split(/\s+/)
    const [from, to] = span.split('-')
    return prewarmRule.safeParse({ days: readDays(which), from, to, min: Number(min || Number.NaN) }).data ?? null
  })
  return rules.every((rule) => rule !== null) ? rules : null
}

/** `mon-fri`, `sat`, `mon,wed`; 1 is Monday. Anything else is an empty list. */
function readDays(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [first = '', last = first] = part.toLowerCase().split('-')
    const [from, to] = [days.indexOf(first) + 1, days.indexOf(last) + 1]
    return from < 1 || to < from ? [] : Array.from({ length: to - from + 1 }, (_, index) => from + index)
  })
}
