import { v7 } from 'uuid'
import { assetFacts } from '../fixtures.ts'
import type { Lane, Outcome } from './lane.ts'
import { oneOf, pick, type Random, uuidOf } from './random.ts'
import { type Held, type Owner, reversalStates, type Sale, type World } from './world.ts'

/** One thing that somebody does; answers what came of it, null when there was nothing to do it to. */
type Operation = (world: World, lane: Lane, random: Random) => Promise<Outcome | null>

const networks = ['soak-network-1', 'soak-network-2', 'soak-network-3']

const press: Operation = async (world, lane, random) => {
  const owner = oneOf(random, world.owners)
  if (!owner) return null
  const again = random() < 0.08 ? oneOf(random, owner.requests) : undefined
  const request = again ?? uuidOf(random)
  const [price, count] = [1 + pick(random, 3), 1 + pick(random, 3)]
  const jobs = Array.from({ length: count }, () => jobOf(owner, price))
  const buckets = owner.anonymous ? [{ bucket: oneOf(random, networks), class: 'network' }] : []
  // A stale button now and then.
  const expected = owner.purse === 'free' ? count : count * price + (random() < 0.02 ? 1 : 0)
  const outcome = await lane.call({
    name: 'enqueue_jobs',
    args: [
      owner.id,
      owner.anonymous,
      request,
      `hash ${request}`,
      owner.purse,
      expected,
      JSON.stringify(buckets),
      JSON.stringify(jobs),
    ],
  })
  if (outcome.refused !== null) {
    owner.purse = owner.purse === 'free' ? 'credits' : 'free'
    return outcome
  }
  const pressed = outcome.answer as { jobs: { id: string; purse: string; price: number }[] }
  owner.requests = [...owner.requests.slice(-20), request]
  for (const job of pressed.jobs) {
    owner.jobs.push(job.id)
    if (job.purse === 'credits') world.books.prices.set(job.id, job.price)
  }
  return outcome
}

function jobOf(owner: Owner, price: number) {
  return {
    id: v7(),
    mode: 'remix',
    variant: 'dev',
    model_key: 'flux1-dev',
    price,
    steps: 28,
    prompt: 'a lighthouse',
    negative: '',
    creativity: 50,
    chaos: 30,
    seed: '7',
    params: {},
    inputs: [{ asset_id: owner.asset, role: 'base', weight: 1, order: 0 }],
    mask: null,
    workflow_hash: 'cafe',
  }
}

const claim: Operation = async (world, lane, random) => {
  const worker = oneOf(random, world.workers)
  if (worker === undefined) return null
  const outcome = await lane.call({ name: 'claim_job', args: [worker, '{}'] })
  const claimed = outcome.answer as { id: string; epoch: number } | null
  if (claimed) world.held.push({ job: claimed.id, epoch: claimed.epoch, worker, step: 0 })
  return outcome
}

const report: Operation = async (world, lane, random) => {
  const held = oneOf(random, world.held)
  if (!held) return null
  held.step = Math.min(28, held.step + pick(random, 12))
  const args = [held.job, held.epoch, 'sampling', held.step, 28, held.step / 28]
  return lane.call({ name: 'report_progress', args, worker: held.worker })
}

/** Takes one off the list; rarely leaves it there, so that it is written to again when it is long over. */
function takeHeld(world: World, random: Random): Held | undefined {
  const index = pick(random, world.held.length)
  const held = world.held[index]
  if (random() > 0.03) world.held.splice(index, 1)
  return held
}

const complete: Operation = async (world, lane, random) => {
  const held = takeHeld(world, random)
  if (!held) return null
  const output = assetFacts('output', `outputs/${held.job}/${v7()}.png`)
  const args = [held.worker, held.job, held.epoch, JSON.stringify([output]), 1_200, '{"sampling": 1000}']
  const outcome = await lane.call({ name: 'complete_job', args })
  if (outcome.refused === null) world.books.captured.add(held.job)
  return outcome
}

const fail: Operation = async (world, lane, random) => {
  const held = takeHeld(world, random)
  if (!held) return null
  const retry = random() < 0.7
  return lane.call({ name: 'fail_job', args: [held.worker, held.job, held.epoch, 'ENGINE_ERROR', retry, 'soak'] })
}

const release: Operation = async (world, lane, random) => {
  const held = takeHeld(world, random)
  return held ? lane.call({ name: 'release_job', args: [held.worker, held.job, held.epoch] }) : null
}

const cancel: Operation = async (world, lane, random) => {
  const owner = oneOf(random, world.owners)
  const job = owner?.jobs.at(-1 - pick(random, 12))
  return owner && job !== undefined ? cancelOne(world, lane, { owner: owner.id, job }) : null
}

/** Cancels, and notes the price as kept when nothing came back. */
export async function cancelOne(
  world: World,
  lane: Lane,
  { owner, job }: { owner: string; job: string },
): Promise<Outcome> {
  const outcome = await lane.call({ name: 'cancel_job', args: [owner, job] })
  const answer = outcome.answer as { returned: number } | null
  if (answer?.returned === 0) world.books.captured.add(job)
  return outcome
}

/** A box falls silent, and the sweep finds out. */
const lose: Operation = async (world, lane, random) => {
  const held = oneOf(random, world.held)
  if (held) {
    await world.db.pool.query(
      `update jobs set lease_until = now() - interval '1 s' where id = $1 and status = 'running'`,
      [held.job],
    )
  }
  await world.db.pool.query('update private.sweep_state set swept_at = now()')
  return lane.call({ name: 'sweep', args: [] })
}

const grant: Operation = async (world, lane, random) => {
  const owner = oneOf(random, world.owners)
  if (!owner) return null
  const kind = random() < 0.9 ? 'grant' : 'adjust'
  const amount = kind === 'grant' ? 5 + pick(random, 30) : -1 - pick(random, 5)
  const id = `soak:${uuidOf(random)}`
  const outcome = await lane.call({ name: 'grant_credits', args: [owner.id, amount, kind, id] })
  if (outcome.refused === null) world.books.granted.set(id, amount)
  return outcome
}

const sell: Operation = async (world, lane, random) => {
  const [owner, pack] = [oneOf(random, world.owners), oneOf(random, world.packs)]
  if (!owner || !pack || owner.anonymous) return null
  const { credits, cents } = pack
  const sale: Sale = {
    id: uuidOf(random),
    pack: pack.id,
    owner: owner.id,
    credits,
    cents,
    paid: false,
    reversals: new Map(),
  }
  const outcome = await lane.call({ name: 'create_purchase', args: [sale.id, owner.id, pack.id] })
  if (outcome.refused === null) world.books.sales.set(sale.id, sale)
  return outcome
}

/** Stripe tells of a sale: payments, refunds and disputes, repeated, late and out of order. */
const tell: Operation = async (world, lane, random) => {
  const recent = [...world.books.sales.values()].slice(-30)
  const sale = oneOf(random, recent)
  if (!sale) return null
  const fact = random() < 0.5 ? sessionOf(sale, random) : reversalOf(sale, random)
  const args = [`evt_${uuidOf(random)}`, 'soak', 'soak', '{}', JSON.stringify(fact), null]
  return lane.call({ name: 'handle_stripe_event', args })
}

function sessionOf(sale: Sale, random: Random) {
  const paid = random() < 0.8
  sale.paid ||= paid
  return {
    kind: 'session',
    purchase: sale.id,
    session: `cs_${sale.id}`,
    mode: 'payment',
    pack: sale.pack,
    amount: sale.cents,
    currency: 'usd',
    payment_status: paid ? 'paid' : 'unpaid',
    status: 'complete',
    failed: !paid && random() < 0.3,
    payment_intent: `pi_${sale.id}`,
  }
}

function reversalOf(sale: Sale, random: Random) {
  const id = `re_${sale.id}_${pick(random, 3)}`
  const known = sale.reversals.get(id)
  const kind = known?.kind ?? (random() < 0.7 ? 'refund' : 'dispute')
  const amount = known?.amount ?? 1 + pick(random, sale.cents)
  const state = oneOf(random, reversalStates) ?? 'noted'
  const furthest = Math.max(reversalStates.indexOf(state), known ? reversalStates.indexOf(known.state) : 0)
  sale.reversals.set(id, { kind, amount, state: reversalStates[furthest] ?? state })
  return {
    kind: 'payment',
    purchase: sale.id,
    payment_intent: `pi_${sale.id}`,
    reversals: [{ id, kind, amount, currency: 'usd', state }],
  }
}

const merge: Operation = async (world, lane, random) => {
  const guest = oneOf(
    random,
    world.owners.filter((owner) => owner.anonymous),
  )
  const into = oneOf(
    random,
    world.owners.filter((owner) => !owner.anonymous),
  )
  if (!guest || !into) return null
  const outcome = await lane.call({ name: 'merge_accounts', args: [guest.id, into.id] })
  if (outcome.refused === null) {
    world.owners = world.owners.filter((owner) => owner.id !== guest.id)
    into.jobs.push(...guest.jobs.slice(-3))
    world.owners.push(await world.newGuest())
  }
  return outcome
}

/** Somebody leaves for good, whatever is open; what was left over is given up. */
const close: Operation = async (world, lane, random) => {
  const owner = oneOf(random, world.owners)
  if (!owner) return null
  const outcome = await lane.call({ name: 'close_account', args: [owner.id] })
  world.owners = world.owners.filter(({ id }) => id !== owner.id)
  world.owners.push(await (owner.anonymous ? world.newGuest() : world.newMember()))
  // The answer may have been lost with its connection, and a second call gives nothing up: so the row is read.
  const id = `closed:${owner.id}`
  const { rows } = await world.db.pool.query<{ delta: number }>('select delta from ledger where external_id = $1', [id])
  if (rows[0]) world.books.granted.set(id, rows[0].delta)
  return outcome
}

/** What happens how often, in parts of the whole. */
export const operations: readonly { name: string; weight: number; run: Operation }[] = [
  { name: 'press', weight: 26, run: press },
  { name: 'claim', weight: 24, run: claim },
  { name: 'report', weight: 8, run: report },
  { name: 'complete', weight: 14, run: complete },
  { name: 'fail', weight: 5, run: fail },
  { name: 'release', weight: 2, run: release },
  { name: 'cancel', weight: 8, run: cancel },
  { name: 'lose', weight: 3, run: lose },
  { name: 'grant', weight: 5, run: grant },
  { name: 'sell', weight: 1, run: sell },
  { name: 'tell', weight: 3, run: tell },
  { name: 'merge', weight: 1, run: merge },
  { name: 'close', weight: 0.5, run: close },
]
