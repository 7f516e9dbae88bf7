import type { Logger } from 'pino'
import type { ClaimedJob } from '#shared/worker/schema.ts'
import { backoffMs } from '#worker/core/backoff.ts'
import type { ClaimKind } from '#worker/core/claim-rule.ts'
import { reactTo } from '#worker/core/decide.ts'
import type { Remedy } from '#worker/core/failure-table.ts'
import type { AttemptRef } from '#worker/control/report-progress.ts'
import { createHand, type Hand } from '#worker/hand.ts'
import { isDiskFull } from '#worker/journal.ts'
import type { JobDeps } from '#worker/jobs/job-deps.ts'
import { startImageJob, type RunningJob } from '#worker/jobs/run-image-job.ts'
import type { Room } from '#worker/room.ts'
import { createBell, type Bell } from '#worker/wait.ts'

export type LoopOptions = { pollMs: number; graceMs: number; room: Room; log: Logger }
/** `stuck`: ComfyUI has to be restarted. */
export type LoopEnd = 'drained' | 'stopped' | 'revoked' | 'stuck'

/**
 * One box's work in three phases that overlap: the next job's inputs, the GPU, the last job's way out. Jobs are claimed
 * when the bell rings and every `pollMs` anyway.
 */
export type WorkLoop = {
  wake: () => void
  /** A `cancel` heard on the channel; the next beat would say the same. */
  cancel: (attempt: AttemptRef) => void
  /** Claim nothing more and hand back what waits; `ended` settles after the jobs in hand. */
  drain: () => void
  /** Time has jumped: every job in hand asks whether it is still ours. */
  recheck: () => void
  /** Why it ended; `revoked` is an error of the operator's making. */
  readonly ended: Promise<LoopEnd>
}

type Loop = {
  deps: JobDeps
  options: LoopOptions
  bell: Bell
  hand: Hand
  stop: AbortSignal
  /** Aborts when nothing more is to be claimed; its reason is a `LoopEnd`. */
  ending: AbortController
  /** Aborts when the grace of a stopping process is over: nobody waits for an absent server then. */
  overdue: AbortController
  /** The last claim of this kind brought nothing: it is asked again from `until` on, monotonic milliseconds. */
  refused: { kind: ClaimKind; until: number }
  /** How often the doorbell rang. */
  rings: number
  failures: number
}

/** A claim that the server has already made would burn an attempt if its answer were not heard. */
const lastClaimMs = 2_000
/** How often the ends that are foreseen are looked at again while nothing is heard. */
const lookMs = 250
/** What is on its way out of a box whose ComfyUI has to be restarted has this long: it exists nowhere else. */
const rescueMs = 60_000

/** A job likely done within the grace may finish; the others go back at once without burning their attempt. */
function handBack({ hand, options, overdue }: Loop): void {
  const { graceMs } = options
  for (const job of hand.ahead()) job.stop('release')
  for (const job of hand.all()) if (job.track.remainingMs() > graceMs) job.stop('release')
  setTimeout(() => {
    hand.stopAll('release')
    overdue.abort()
  }, graceMs).unref()
}

function endWith(loop: Loop, why: LoopEnd): void {
  if (!loop.ending.signal.aborted) loop.ending.abort(why)
}

/** What a failure means for the box. */
function heed(loop: Loop, remedy: Remedy): void {
  if (remedy === 'restart-engine') endWith(loop, 'stuck')
  if (remedy === 'wait-for-space') loop.options.room.full('ComfyUI or this process cannot write')
}

/** Starts an attempt; the loop goes on meanwhile. */
async function take(loop: Loop, job: ClaimedJob, resume: boolean): Promise<void> {
  const { hand, overdue, bell, deps } = loop
  let running: RunningJob
  try {
    running = await startImageJob(deps, job, {
      resume,
      shutdown: overdue.signal,
      onChange: bell.ring,
      onRemedy: (remedy) => heed(loop, remedy),
      isSick: () => loop.ending.signal.reason === 'stuck',
    })
  } catch (error) {
    if (!isDiskFull(error)) throw error
    return loop.options.room.full('the journal cannot be written')
  }
  hand.add(running)
  void running.done.then((outcome) => {
    hand.remove(running)
    if (outcome === 'revoked') endWith(loop, 'revoked')
    bell.ring()
  })
  if (loop.stop.aborted) handBack(loop)
}

type Answer = ClaimedJob | null | 'revoked' | 'stuck' | 'away'

async function ask(loop: Loop, kind: 'now' | 'ahead', signal: AbortSignal): Promise<Answer> {
  const { deps, hand } = loop
  const readiness = await deps.backend.readiness(signal)
  if (readiness === 'stuck') return 'stuck'
  if (readiness !== 'ready') throw new Error(`${deps.backend.name} is ${readiness}`)
  const warm = hand.warmAfter(deps.backend.warm())
  const job = await deps.control.claim({ warm, ahead: kind === 'ahead' }, signal)
  if (!job || !loop.ending.signal.aborted) return job
  await deps.control.release({ job: job.id, epoch: job.epoch }, signal)
  return null
}

async function claim(loop: Loop, kind: 'now' | 'ahead'): Promise<Answer> {
  const { ending, options, failures } = loop
  const unanswered = new AbortController()
  const giveUp = () => setTimeout(() => unanswered.abort(), lastClaimMs).unref()
  ending.signal.addEventListener('abort', giveUp, { once: true })
  try {
    return await ask(loop, kind, unanswered.signal)
  } catch (error) {
    if (ending.signal.aborted) return null
    if (reactTo(error) === 'stop') return 'revoked'
    if (failures % 20 === 0) options.log.warn({ err: error }, 'cannot claim')
    return 'away'
  } finally {
    ending.signal.removeEventListener('abort', giveUp)
  }
}

function pauseMs(pollMs: number, failures: number): number {
  if (failures === 0) return pollMs * (0.9 + 0.2 * Math.random())
  return backoffMs(failures, { baseMs: pollMs, capMs: pollMs * 8 }, Math.random())
}

async function claimOnce(loop: Loop, kind: 'now' | 'ahead'): Promise<void> {
  const { rings } = loop
  const answer = await claim(loop, kind)
  if (answer === 'revoked' || answer === 'stuck') return endWith(loop, answer)
  loop.failures = answer === 'away' ? loop.failures + 1 : 0
  if (answer !== null && answer !== 'away') return take(loop, answer, false)
  // What was announced while the claim was under way may have come too late for it.
  if (loop.rings !== rings && answer === null) return
  loop.refused = { kind, until: performance.now() + pauseMs(loop.options.pollMs, loop.failures) }
}

/** Milliseconds until the next claim of this kind; 0 = now. */
async function claimDelay({ refused, options }: Loop, kind: ClaimKind): Promise<number> {
  if (kind === 'none') return lookMs
  if (await options.room.isFull()) return options.pollMs
  return refused.kind === kind ? Math.max(0, refused.until - performance.now()) : 0
}

async function work(loop: Loop): Promise<void> {
  const { deps, hand, ending, bell } = loop
  for (const job of await deps.journal.list()) {
    if (!ending.signal.aborted) await take(loop, job, true)
  }
  while (!ending.signal.aborted) {
    for (const job of hand.overdue()) job.stop('release')
    const kind = hand.due()
    const delay = await claimDelay(loop, kind)
    if (kind !== 'none' && delay === 0) await claimOnce(loop, kind)
    else await bell.wait(Math.max(1, delay), ending.signal).catch(() => {})
  }
}

/** Lets go of what is in hand as the reason of the end asks for, and waits for it. */
async function letGo(loop: Loop, why: LoopEnd): Promise<void> {
  const { hand, overdue } = loop
  if (why === 'revoked') hand.stopAll('revoked')
  if (why === 'drained') for (const job of hand.ahead()) job.stop('release')
  if (why === 'stuck') {
    for (const job of hand.all()) if (job.needsGpu()) job.stop('release')
    setTimeout(() => overdue.abort(), rescueMs).unref()
  }
  while (hand.all().length > 0) await Promise.race(hand.all().map(({ done }) => done))
}

/** Nobody is to wait for this box any more. Unheard, they learn it by its silence. */
async function sayGoodbye({ deps, ending, overdue, options }: Loop): Promise<void> {
  if (ending.signal.reason === 'revoked') return
  const signal = AbortSignal.any([overdue.signal, AbortSignal.timeout(lastClaimMs)])
  await deps.control.leave(signal).catch((error: unknown) => options.log.warn({ err: error }, 'goodbye not heard'))
}

async function run(loop: Loop): Promise<LoopEnd> {
  let goodbye: Promise<void> | undefined
  loop.ending.signal.addEventListener('abort', () => void (goodbye = sayGoodbye(loop)), { once: true })
  try {
    await work(loop)
  } finally {
    await letGo(loop, loop.ending.signal.reason as LoopEnd)
    // What the last jobs left in ComfyUI is still being removed when there is no next one.
    await Promise.all([loop.deps.backend.settled(), goodbye])
  }
  return loop.stop.aborted ? 'stopped' : (loop.ending.signal.reason as LoopEnd)
}

/**
 * Starts by taking up what the journal holds, then claims until `stop` aborts, the box is drained, its key is revoked or
 * its ComfyUI is sick. Jobs in hand when `stop` aborts have `graceMs` to finish in.
 */
export function startLoop(deps: Omit<JobDeps, 'onDrain'>, options: LoopOptions, stop: AbortSignal): WorkLoop {
  const drain = () => endWith(loop, 'drained')
  const loop: Loop = {
    deps: { ...deps, onDrain: drain },
    options,
    bell: createBell(),
    hand: createHand(deps.backend),
    stop,
    ending: new AbortController(),
    overdue: new AbortController(),
    refused: { kind: 'none', until: 0 },
    rings: 0,
    failures: 0,
  }
  const onStop = () => {
    endWith(loop, 'stopped')
    handBack(loop)
  }
  if (stop.aborted) onStop()
  else stop.addEventListener('abort', onStop, { once: true })
  return {
    wake() {
      loop.rings += 1
      loop.refused = { kind: 'none', until: 0 }
      loop.bell.ring()
    },
    cancel: (attempt) => loop.hand.find(attempt)?.stop('over'),
    drain,
    recheck() {
      for (const job of loop.hand.all()) job.recheck()
      loop.bell.ring()
    },
    ended: run(loop),
  }
}
