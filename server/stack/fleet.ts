import process from 'node:process'
import { z } from 'zod'
import { fleetReply } from '#server/adapters/database/fleet-reply.ts'
import { command, connect, type Deployment } from './connect.ts'
import { formatFleet } from './format-fleet.ts'
import { readRented } from './rented-boxes.ts'

const imageCosts = z.array(
  z.object({
    mode: z.string(),
    backend: z.string(),
    images: z.int(),
    attempts: z.int(),
    usd: z.number().nullable(),
    idle_usd: z.number().nullable(),
    seconds: z.number().nullable(),
  }),
)

/**
 * `npm run fleet`: what waits, who renders what, how promises held, what images and the day have cost, what needs a look.
 * `--gone <name>`: a rented box that was ended at its provider by hand; its rent is booked no more, its key is refused.
 */
await command(async () => {
  const [word, name, ...rest] = process.argv.slice(2)
  const deployment = await connect()
  if (word === undefined) return show(deployment)
  if (word !== '--gone' || name === undefined || rest.length > 0)
    throw new Error('usage: npm run fleet [-- --gone <name of a rented box>]')
  return forget(deployment, name)
})

async function show({ supabase }: Deployment): Promise<void> {
  const [fleet, costs, rented] = await Promise.all([
    supabase.rpc('fleet_view'),
    supabase.rpc('image_costs'),
    readRented(supabase),
  ])
  const error = fleet.error ?? costs.error
  if (error) throw new Error(`The fleet could not be read: ${error.message}`)
  const said = formatFleet(fleetReply.parse(fleet.data), { rented, costs: imageCosts.parse(costs.data) }, Date.now())
  process.stdout.write(`${said}\n`)
}

async function forget({ supabase }: Deployment, name: string): Promise<void> {
  const { data, error } = await supabase.from('boxes').select('id').eq('name', name).neq('state', 'gone')
  if (error) throw new Error(`The boxes could not be read: ${error.message}`)
  const [box] = data
  if (box === undefined) throw new Error(`No box of the name ${name} is rented.`)
  const ended = await supabase.rpc('end_box', { p_box: box.id, p_reason: 'by_hand' })
  if (ended.error) throw new Error(`The box was not ended: ${ended.error.message}`)
  process.stdout.write(`${name} is gone: its rent is booked no more, its key opens nothing.\n`)
}
