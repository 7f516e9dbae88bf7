import type { Pool } from 'pg'
import { RateLimiterPostgres } from 'rate-limiter-flexible'
import { quantile } from '#shared/bench/report.ts'
import { sized } from './sized.ts'
import { createWorld, openPool, printRow, throughput, timeEach } from './world.ts'

const lanes = 8
const forMs = sized(3_000, 500)
const serial = sized(500, 40)

/**
 * The two limiters that all servers share. Bursts: one call counted for a network and an account, against
 * rate-limiter-flexible on the same database (one key, two where both are counted). Free images: a use taken from an
 * account and two networks together, against three bare counters.
 */
await using world = await createWorld(lanes)
const admin = openPool(world.adminUrl, lanes)
const peer = await openPeer(admin)
const keys = (lane: number) => [`network:bench-${lane}`, `account:bench-${lane}`]
const ours = (lane: number) =>
  world.pool.query('select public.spend_rate($1, $2, 60)', [keys(lane), [1_000_000_000, 1_000_000_000]])
const theirs = (lane: number) => Promise.all(keys(lane).map((key) => peer.consume(key)))

await timeEach(100, (index) => Promise.all([ours(index % lanes), theirs(index % lanes)]))
printRow({
  what: 'burst limiter, network and account, p50',
  value: quantile(await timeEach(serial, () => ours(0)), 0.5),
  unit: 'ms',
  peer: 'rate-limiter-flexible on Postgres, both',
  peerValue: quantile(await timeEach(serial, () => theirs(0)), 0.5),
  samples: serial,
})
const apart = await throughput(lanes, forMs, ours)
printRow({
  what: `burst limiter, ${lanes} connections`,
  value: apart.perSecond,
  unit: '/s',
  peer: 'rate-limiter-flexible on Postgres, both',
  peerValue: (await throughput(lanes, forMs, theirs)).perSecond,
  samples: apart.runs,
})
const together = await throughput(lanes, forMs, () => ours(0))
printRow({
  what: `burst limiter, ${lanes} connections on one account`,
  value: together.perSecond,
  unit: '/s',
  peer: 'rate-limiter-flexible on Postgres, both',
  peerValue: (await throughput(lanes, forMs, () => theirs(0))).perSecond,
  samples: together.runs,
})

await admin.query(`update public.settings set free_enabled = true,
  free_caps = '{"account": 1000000000, "network": 1000000000, "wide": 1000000000}'`)
await admin.query('create table public.bench_counter (name text primary key, used int not null)')
const owners = await Promise.all(Array.from({ length: lanes }, () => world.newOwner()))
const take = (lane: number) =>
  admin.query('select private.take_free_uses($1, $2, 1)', [
    owners[lane]?.id,
    JSON.stringify([
      { bucket: `network-${lane}`, class: 'network' },
      { bucket: `wide-${lane}`, class: 'wide' },
    ]),
  ])
const count = (lane: number) =>
  admin.query(
    `insert into public.bench_counter as c select k || $1, 1 from unnest(array['a', 'b', 'c']) k
     on conflict (name) do update set used = c.used + 1`,
    [String(lane)],
  )
const uses = await throughput(lanes, forMs, take)
printRow({
  what: `free images taken, ${lanes} connections`,
  value: uses.perSecond,
  unit: '/s',
  peer: 'three bare counters',
  peerValue: (await throughput(lanes, forMs, count)).perSecond,
  samples: uses.runs,
})
const hot = await throughput(lanes, forMs, () => take(0))
printRow({
  what: `free images taken, ${lanes} connections on one network`,
  value: hot.perSecond,
  unit: '/s',
  peer: 'three bare counters',
  peerValue: (await throughput(lanes, forMs, () => count(0))).perSecond,
  samples: hot.runs,
})
await admin.end()

/** Counts in a table of its own, which it makes first. */
function openPeer(pool: Pool): Promise<RateLimiterPostgres> {
  return new Promise((resolve, reject) => {
    const limiter = new RateLimiterPostgres(
      { storeClient: pool, tableName: 'bench_rates', keyPrefix: 'bench', points: 1_000_000_000, duration: 60 },
      (error?: Error) => (error ? reject(error) : resolve(limiter)),
    )
  })
}
