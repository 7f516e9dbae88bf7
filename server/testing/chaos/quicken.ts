// Preloaded into workers of a chaos run. Shortens what a box waits for, so that a run takes seconds, and lets the run
// set this process's clock and fill its disk. The rules are the real ones; only their numbers change.
import { readFileSync } from 'node:fs'
import fsPromises from 'node:fs/promises'
import { flushCompileCache, syncBuiltinESMExports } from 'node:module'
import process from 'node:process'
import { z } from 'zod'
import { reportTimes } from '#worker/core/report-rule.ts'
import { watchTimes } from '#worker/core/watch-rule.ts'
import { replicateTimes } from '#worker/replicate/parts.ts'

const env = z.object({ WORKER_DATA: z.string(), CHAOS_CONTROL: z.string() }).parse(process.env)
const control = z.object({ clockMs: z.number(), diskFull: z.boolean(), patience: z.number() })

const watch = { loadMs: 2_500, stepMs: 1_200, muteMs: 400, awayMs: 2_500, lagMs: 800 }
shorten(watchTimes, { ...watch, pollMs: 250 })
shorten(replicateTimes, { pollMs: 150, graceMs: 1_500, lookMs: 100, throttleMs: 1_500, endMs: 2_000 })
shorten(reportTimes, { stepMs: 250, beatMs: 500 })

const state = { clockMs: 0, diskFull: false, patience: 1 }
read()
setInterval(read, 60).unref()
// A process that is killed writes nothing at its end.
setTimeout(flushCompileCache, 3_000).unref()

const RealDate = Date
const realNow = Date.now.bind(Date)
globalThis.Date = new Proxy(RealDate, {
  construct: (target, given: unknown[], maker) =>
    Reflect.construct(target, given.length === 0 ? [realNow() + state.clockMs] : given, maker) as Date,
  get: (target, name, receiver) =>
    name === 'now' ? () => realNow() + state.clockMs : (Reflect.get(target, name, receiver) as unknown),
})

const open = fsPromises.open
fsPromises.open = (path, flags, mode) => {
  const writes = typeof flags === 'string' && /[wa+]/.test(flags)
  if (!state.diskFull || !writes || !String(path).startsWith(env.WORKER_DATA)) return open(path, flags, mode)
  const error = Object.assign(new Error('ENOSPC: no space left on device, open'), { code: 'ENOSPC', errno: -28 })
  return Promise.reject(error)
}
syncBuiltinESMExports()

function read(): void {
  try {
    const told = control.parse(JSON.parse(readFileSync(env.CHAOS_CONTROL, 'utf8')))
    if (told.patience !== state.patience) shorten(watchTimes, watch, told.patience)
    Object.assign(state, told)
  } catch {
    // Half written, or not there yet: as it was.
  }
}

/** A time that no longer exists must be noticed here, not by a run that takes minutes. */
function shorten(table: object, times: Readonly<Record<string, number>>, patience = 1): void {
  for (const [name, ms] of Object.entries(times)) {
    if (typeof Reflect.get(table, name) !== 'number') throw new Error(`the worker has no time called ${name}`)
    Reflect.set(table, name, ms * patience)
  }
}
