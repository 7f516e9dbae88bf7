import process from 'node:process'
import { z } from 'zod'
import { fleetReply } from '#server/adapters/database/fleet-reply.ts'
import { command, connect } from './connect.ts'
import { formatFleet } from './format-fleet.ts'

const rented = z.array(z.object({ name: z.string(), state: z.string(), usd_per_hour: z.number() }))

/** `npm run fleet`: what waits, who renders what, how promises held, what needs a look and what today has cost. */
await command(async () => {
  const { supabase } = await connect()
  const [fleet, boxes] = await Promise.all([
    supabase.rpc('fleet_view'),
    supabase.from('boxes').select('name,state,usd_per_hour').in('state', ['asked', 'starting', 'up', 'draining']),
  ])
  const error = fleet.error ?? boxes.error
  if (error) throw new Error(`The fleet could not be read: ${error.message}`)
  process.stdout.write(`${formatFleet(fleetReply.parse(fleet.data), rented.parse(boxes.data), Date.now())}\n`)
})
