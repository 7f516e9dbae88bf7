import process from 'node:process'
import { z } from 'zod'
import { boxUsage, boxWords } from './box-controls.ts'
import { capacityUsage, capacityWords } from './capacity-controls.ts'
import { command, connect } from './connect.ts'
import { fallbackUsage, fallbackWords } from './fallback-controls.ts'

const usage = `usage: npm run controls -- [intake=on|off] [dispatch=on|off] [free=on|off] [cap=<US dollars a day>|none]
  [concurrent=<jobs>|none] ${capacityUsage}
  ${fallbackUsage}
  ${boxUsage}`

const onOff = z.enum(['on', 'off'])
const noneOr = (number: z.ZodType<number, string>) => z.union([z.literal('none').transform(() => null), number])
const wish = z
  .strictObject({
    intake: onOff.transform((word) => ({ intake_paused: word === 'off' })),
    dispatch: onOff.transform((word) => ({ dispatch_paused: word === 'off' })),
    free: onOff.transform((word) => ({ free_enabled: word === 'on' })),
    cap: noneOr(
      z
        .string()
        .regex(/^\d+(\.\d\d?)?$/)
        .transform(Number),
    ).transform((value) => ({ daily_cap_usd: value })),
    ...capacityWords,
    ...fallbackWords,
    ...boxWords,
    concurrent: noneOr(z.string().regex(/^\d+$/).transform(Number)).transform((value) => ({ max_concurrent: value })),
  })
  .partial()

/** `npm run controls`: what is switched on and capped; with arguments, changes it first. Each change is in the audit log. */
await command(async () => {
  const parsed = wish.safeParse(Object.fromEntries(process.argv.slice(2).map((argument) => argument.split('=', 2))))
  if (!parsed.success) throw new Error(usage)
  const { supabase } = await connect()
  const { data, error } = await supabase.rpc('change_settings', {
    p_actor: 'operator',
    p_changes: Object.assign({}, ...Object.values(parsed.data)),
  })
  if (error) throw new Error(`The controls could not be changed: ${error.message}`)
  const facts = z.record(z.string(), z.unknown()).parse(data)
  for (const [name, value] of Object.entries(facts)) process.stdout.write(`${name}: ${worded(value)}\n`)
})

function worded(value: unknown): string {
  if (value === null) return 'none'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
