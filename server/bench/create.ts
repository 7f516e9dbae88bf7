import { quantile } from '#shared/bench/report.ts'
import { sized } from '#supabase/bench/sized.ts'
import { enqueue, openPool, printRow, throughput, timeEach } from '#supabase/bench/world.ts'
import { openParts, wishOf } from './parts.ts'

const serial = sized(300, 20)
const lanes = 8
const forMs = sized(5_000, 800)

/**
 * A press of Generate as the studio sends it: HTTP, JSON, tRPC, token, rules, SQL function, answer with signed
 * pictures. Beside it, on the same stack: the SQL function alone, and the smallest tRPC query. No worker runs.
 */
await using parts = await openParts()
const artists = await Promise.all(Array.from({ length: lanes }, () => parts.newArtist()))
const artist = (lane: number) => {
  const found = artists[lane % artists.length]
  if (!found) throw new Error('there is no artist')
  return found
}
const create = (lane: number) => artist(lane).api.forge.create.mutate(wishOf(artist(lane)))
const ping = (lane: number) => artist(lane).api.modes.list.query()
const service = openPool(parts.adminUrl, lanes, '-c role=service_role')
const sql = (lane: number) => enqueue(service, artist(lane))

await timeEach(60, (index) => Promise.all([create(index), ping(index), sql(index)]))
const one = {
  create: await timeEach(serial, create),
  ping: await timeEach(serial, ping),
  sql: await timeEach(serial, sql),
}
for (const share of [0.5, 0.95]) {
  const row = {
    what: `create through tRPC, p${share * 100}`,
    value: quantile(one.create, share),
    unit: 'ms',
    samples: serial,
  } as const
  printRow({ ...row, peer: 'the SQL function alone', peerValue: quantile(one.sql, share) })
  printRow({ ...row, peer: 'tRPC query modes.list', peerValue: quantile(one.ping, share) })
}

const many = await throughput(lanes, forMs, create)
const pings = await throughput(lanes, forMs, ping)
const sqls = await throughput(lanes, forMs, sql)
const row = {
  what: `create through tRPC, ${lanes} at once, one server process`,
  value: many.perSecond,
  unit: '/s',
  samples: many.runs,
} as const
printRow({ ...row, peer: 'the SQL function alone', peerValue: sqls.perSecond })
printRow({ ...row, peer: 'tRPC query modes.list', peerValue: pings.perSecond })
await service.end()
