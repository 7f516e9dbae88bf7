import { setTimeout as wait } from 'node:timers/promises'
import { decodeJwt } from 'jose'
import { z } from 'zod'
import type { PlannedFault } from '../plan.ts'
import type { Heard, Proxy, Rule, Told } from '../proxy.ts'
import { type Box, instanceOf } from '../stack.ts'
import { tellEngine } from './engine.ts'
import { boxOf, type Injector, num, type Stage, waitFor, word } from './stage.ts'

type Attempt = { job: string; epoch: number }

const told = z.object({ job: z.uuid(), epoch: z.int() })
const reported = z
  .object({ p_job: z.uuid(), p_epoch: z.int() })
  .transform(({ p_job: job, p_epoch: epoch }) => ({ job, epoch }))

/** For which attempt a box writes. */
const attemptOf = ({ body }: Heard): Attempt => z.union([told, reported]).parse(JSON.parse(body))

/** How long a request is waited for, and another box then; milliseconds. */
const askedMs = 2_500
const takenMs = 8_000
const answeredMs = 3_000

/** The line that a box's or a page's call goes through. Beats go to the database's API, which all boxes share. */
function lineOf({ stack }: Stage, call: string, { control }: { control: Proxy }): Proxy {
  if (call === 'report_progress') return stack.api
  return call.startsWith('forge.') ? stack.page : control
}

function isFrom(worker: string | null, authorization = ''): boolean {
  try {
    return decodeJwt(authorization.replace('Bearer ', '')).sub === worker
  } catch {
    return false
  }
}

/** Has a box say what it seldom says by itself. */
async function provoke(call: string, box: Box): Promise<void> {
  if (call === 'worker.fail') await tellEngine(box, { fault: 'runtime-error' })
  if (call === 'worker.release') box.worker.signal('SIGTERM')
}

type Row = { epoch: number; status: string; outcome: string | null }

/** How the job is now, and how this attempt of it has ended. */
async function rowOf({ stack }: Stage, { job, epoch }: Attempt): Promise<Row | undefined> {
  const query = stack.cluster.pool.query<Row>(
    `select j.epoch, j.status::text, a.outcome::text from public.jobs j
     left join public.job_attempts a on a.job_id = j.id and a.epoch = $2 where j.id = $1`,
    [job, epoch],
  )
  return (await query.catch(() => ({ rows: [] }))).rows[0]
}

/** A beat is never refused: it is answered that the job is over. */
const isTaken = ({ status, body }: Told) => status < 300 && !/"over":\s*true/.test(body)

/**
 * Lets a write arrive, and says so when it was taken although its attempt had been given up before it came. An attempt
 * that had ended by itself may be told of its end again.
 */
async function deliver(stage: Stage, attempt: Attempt, arrive: () => Promise<Told | null>): Promise<void> {
  const before = await rowOf(stage, attempt)
  const answer = await arrive()
  if (answer === null || before === undefined || before.epoch <= attempt.epoch || !isTaken(answer)) return
  if (before.outcome !== 'lost') return
  const offence = `${attempt.job}: a write of epoch ${attempt.epoch} was taken in epoch ${before.epoch}: ${answer.body}`
  stage.broke({ promise: 'I4 a write of an older attempt is refused', offence })
}

/**
 * A box falls silent with a write under way, which arrives after its lease: when its job waits again, or when another
 * box has it. Perhaps it arrives a second time.
 */
async function lateWrites(fault: PlannedFault, stage: Stage): Promise<void> {
  const box = boxOf(stage, fault)
  const call = word(fault, 'call')
  const worker = await instanceOf(box).catch(() => null)
  const go = Promise.withResolvers<void>()
  const heard: Heard[] = []
  const rule: Rule = {
    matches: ({ path, headers }) => path.includes(call) && isFrom(worker, headers.authorization),
    fault: { act: 'keep', until: go.promise },
    times: 1,
    onHeard(request) {
      heard.push(request)
      box.worker.signal('SIGSTOP')
    },
  }
  stage.atEnd(() => {
    go.resolve()
    box.worker.signal('SIGCONT')
  })
  lineOf(stage, call, box).rules.push(rule)
  await provoke(call, box)
  await waitFor(stage, askedMs * stage.patience, () => heard.length > 0)
  rule.times = 0
  if (call === 'worker.fail') await tellEngine(box, { clear: true })
  const [request] = heard
  if (request === undefined) return stage.missed(`late-writes of ${call}`)
  const attempt = attemptOf(request)
  const waitsForBox = word(fault, 'when') === 'taken'
  const isFree = (status: string) => status !== 'running' && !(status === 'queued' && waitsForBox)
  const isTime = async () => {
    const row = await rowOf(stage, attempt)
    if (row === undefined) return false
    return row.epoch > attempt.epoch || isFree(row.status)
  }
  await waitFor(stage, takenMs * stage.patience, isTime)
  await deliver(stage, attempt, () => {
    go.resolve()
    return Promise.race([request.answered, wait(answeredMs * stage.patience, null)])
  })
  if (fault['again'] === true) await deliver(stage, attempt, () => request.sendAgain().catch(() => null))
  box.worker.signal('SIGCONT')
}

/** Whoever asks these again gets the answer that was given: of a box it is not said that somebody else has the job. */
function isOther(call: string, { status, body }: Told): boolean {
  if (call.startsWith('forge.')) return status >= 400 && status < 500
  return /complete|fail|release/.test(call) && /JOB_OVER|EPOCH_STALE/.test(body)
}

/** A line delivers a request a second time, a while after the first. */
async function requestsRepeated(fault: PlannedFault, stage: Stage): Promise<void> {
  const box = boxOf(stage, fault)
  const call = word(fault, 'call')
  const repeats: Promise<void>[] = []
  const repeat = async ({ answered, sendAgain }: Heard) => {
    await wait(num(fault, 'afterMs'))
    const [first, again] = await Promise.all([answered, sendAgain().catch(() => null)])
    if (first === null || again === null || first.status >= 300 || !isOther(call, again)) return
    const offence = `${call} was answered ${first.body} and then ${again.body}`
    stage.broke({ promise: 'I4 what is told twice is answered as the first time', offence })
  }
  const rule: Rule = {
    matches: ({ path }) => path.includes(call),
    fault: null,
    times: num(fault, 'times'),
    onHeard: (heard) => void repeats.push(repeat(heard)),
  }
  lineOf(stage, call, box).rules.push(rule)
  await provoke(call, box)
  await waitFor(stage, askedMs, () => rule.times === 0)
  rule.times = 0
  if (call === 'worker.fail') await tellEngine(box, { clear: true })
  if (repeats.length === 0) stage.missed(`requests-repeated of ${call}`)
  await Promise.all(repeats)
}

export const lateFaults = {
  'late-writes': lateWrites,
  'requests-repeated': requestsRepeated,
} as const satisfies Record<string, Injector>
