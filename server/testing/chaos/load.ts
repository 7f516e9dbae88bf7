import { setTimeout as wait } from 'node:timers/promises'
import { TRPCClientError } from '@trpc/client'
import type { CreateInput } from '#shared/jobs/schema.ts'
import type { Plan, Press } from './plan.ts'
import type { ChaosStack } from './stack.ts'
import type { Watcher } from './watcher.ts'
import { type Api, apiOf, type Owner } from './world.ts'

/** What a person was told about one press. */
export type Pressed = {
  press: Press
  /** Each answer that arrived: ids of the jobs, or the code of a refusal. */
  answers: (string[] | string)[]
  /** True once the answer can be relied on: no unanswered try is left. */
  settled: boolean
  /** The image whose cancel was acknowledged. */
  canceled: string | null
}

export type LoadWish = {
  stack: ChaosStack
  owners: readonly Owner[]
  prices: Readonly<Record<string, number>>
  plan: Plan
  /** The page that somebody presses on, when one is open: it shows what the answer brings. */
  pageOf: (owner: Owner) => Watcher | undefined
  /** Aborts when nobody tries any more. */
  until: AbortSignal
}

/** The words of the press that kills whatever claims it. */
export const poisonPrompt = 'a vial that nobody may open'
const retryMs = 150

/** Presses and cancels as planned; whoever gets no answer asks again with the same request, as the studio does. */
export function startLoad(wish: LoadWish): { pressed: Pressed[]; done: Promise<void> } {
  const begun = performance.now()
  const pressed: Pressed[] = wish.plan.presses.map((press) => ({ press, answers: [], settled: false, canceled: null }))
  const done = Promise.all(
    pressed.map(async (one) => {
      await wait(Math.max(0, one.press.atMs - (performance.now() - begun)))
      await press(wish, one)
    }),
  ).then(() => undefined)
  return { pressed, done }
}

async function press(wish: LoadWish, one: Pressed): Promise<void> {
  const owner = wish.owners[one.press.owner]
  if (owner === undefined) throw new Error('the plan names nobody')
  const api = apiOf(wish.stack.page.url, await wish.stack.token(owner.id, 3_600, owner.anonymous))
  const input = inputOf(one.press, owner, wish.prices)
  const create = () => insist(wish.until, () => api.forge.create.mutate(input))
  const answers = await Promise.all(one.press.twice ? [create(), create()] : [create()])
  for (const answer of answers) {
    if (answer.kind === 'answered') {
      one.answers.push(answer.value.jobs.map((job) => job.id))
      wish.pageOf(owner)?.engine.adopt(answer.value.jobs)
    }
    if (answer.kind === 'refused') one.answers.push(answer.code)
  }
  one.settled = answers.every(({ kind }) => kind !== 'unknown')
  const [first] = answers
  if (first?.kind === 'answered') await cancel(wish, one, { api, ids: first.value.jobs.map((job) => job.id) })
}

async function cancel(wish: LoadWish, one: Pressed, { api, ids }: { api: Api; ids: string[] }): Promise<void> {
  const plan = one.press.cancel
  const id = plan === null ? undefined : ids[plan.ordinal]
  if (plan === null || id === undefined) return
  await wait(plan.afterMs)
  const answer = await insist(wish.until, () => api.forge.cancel.mutate({ id }))
  if (answer.kind === 'answered') one.canceled = id
}

function inputOf(press: Press, owner: Owner, prices: Readonly<Record<string, number>>): CreateInput {
  return {
    requestId: press.requestId,
    mode: press.mode,
    count: press.count,
    prompt: press.poison ? poisonPrompt : 'a lighthouse of bone',
    negative: '',
    creativity: 50,
    chaos: 30,
    seed: press.seed,
    inputs: imagesOf(press, owner),
    mask: press.mode === 'inpaint' ? { assetId: owner.repaint.mask, grow: 4, feather: 8 } : null,
    aspect: null,
    purse: press.purse,
    expectedPrice: press.purse === 'free' ? press.count : press.count * (prices[press.mode] ?? 1),
  }
}

/** As many as each mode takes at least, and more where it takes more. */
function imagesOf({ mode, more }: Press, { assets, repaint }: Owner): CreateInput['inputs'] {
  const [first = '', ...others] = assets
  const as = (role: CreateInput['inputs'][number]['role']) => (assetId: string) => ({ assetId, role, weight: 1 })
  if (mode === 'inpaint') return [as('source')(repaint.work)]
  if (mode === 'tonic') return assets.slice(0, Math.min(more, 1)).map(as('base'))
  if (mode === 'remix') return [as('base')(first)]
  return [as(mode === 'mashup' ? 'composition' : 'base')(first), ...others.slice(0, 1 + more).map(as('style'))]
}

type Answered<T> = { kind: 'answered'; value: T } | { kind: 'refused'; code: string } | { kind: 'unknown' }

/** What says nothing about the request: the answer was lost, or whoever answered could not look. */
const passing = new Set(['UNAVAILABLE', 'INTERNAL', 'RATE_LIMITED'])

/** Asks until there is an answer, or nobody waits any more. */
export async function insist<T>(until: AbortSignal, ask: () => Promise<T>): Promise<Answered<T>> {
  while (!until.aborted) {
    try {
      return { kind: 'answered', value: await ask() }
    } catch (error) {
      const code = codeOf(error)
      if (code !== null && !passing.has(code)) return { kind: 'refused', code }
    }
    await wait(retryMs)
  }
  return { kind: 'unknown' }
}

function codeOf(error: unknown): string | null {
  if (!(error instanceof TRPCClientError)) return null
  const data = error.data as { forge?: { code?: string }; code?: string } | null
  return data?.forge?.code ?? data?.code ?? null
}
