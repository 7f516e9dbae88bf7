import type { Logger } from 'pino'
import { z } from 'zod'
import { drain } from '#worker/drain.ts'
import { wait } from '#worker/wait.ts'
import type { WakeEnv } from './env.ts'

export type WakeJob = {
  id: string
  /** What the server calls the box. */
  box: string
  /** Where the server is, and the key of this box. */
  env: Readonly<Record<'FORGE_SERVER_URL' | 'FORGE_WORKER_KEY', string>>
  /** Tells RunPod that the job is being worked on, until stopped. */
  beat: () => { stop: () => void }
  /** Answers the job; repeated until taken, some times. */
  finish: (answer: unknown) => Promise<void>
}

const body = z.object({
  id: z.string().min(1),
  input: z.object({
    box: z.string().default(''),
    env: z.object({ FORGE_SERVER_URL: z.url(), FORGE_WORKER_KEY: z.string().min(20) }),
  }),
})

/** A long poll of RunPod's lasts 90 s. */
const takeMs = 100_000
const tries = 5

/**
 * The side of RunPod's queue that its workers see, as runpod-python 1.12 speaks it (`runpod/serverless/modules/rp_job.py`,
 * `rp_http.py`, `rp_ping.py`): addresses and key come in the environment. It is no published contract.
 */
export function createWakeJob(env: WakeEnv, log: Logger, pauseMs = 1_000) {
  const headers = { authorization: env.RUNPOD_AI_API_KEY }

  /** Waits for the job that woke this worker; null when `signal` aborts first. */
  async function take(signal: AbortSignal): Promise<WakeJob | null> {
    const address = `${env.RUNPOD_WEBHOOK_GET_JOB.replace('$ID', env.RUNPOD_POD_ID)}&job_in_progress=0`
    while (!signal.aborted) {
      try {
        const response = await fetch(address, {
          headers,
          signal: AbortSignal.any([signal, AbortSignal.timeout(takeMs)]),
        })
        if (response.status === 200) return jobOf(body.parse(await response.json()))
        // 204: none yet. 400 and 429 are said to worker by worker, for a moment.
        await drain(response)
      } catch (error) {
        if (!signal.aborted) log.warn({ err: error }, 'no job could be taken')
      }
      await wait(pauseMs, signal).catch(() => undefined)
    }
    return null
  }

  function jobOf({ id, input }: z.infer<typeof body>): WakeJob {
    return { id, box: input.box, env: input.env, beat: () => beat(id), finish: (answer) => finish(id, answer) }
  }

  function beat(id: string): { stop: () => void } {
    const address = new URL(env.RUNPOD_WEBHOOK_PING.replace('$RUNPOD_POD_ID', env.RUNPOD_POD_ID))
    address.searchParams.set('job_id', id)
    const ping = () =>
      fetch(address, { headers, signal: AbortSignal.timeout(env.RUNPOD_PING_INTERVAL) }).then(drain, (error: unknown) =>
        log.warn({ err: error }, 'no ping'),
      )
    void ping()
    const timer = setInterval(() => void ping(), env.RUNPOD_PING_INTERVAL)
    return { stop: () => clearInterval(timer) }
  }

  async function finish(id: string, answer: unknown): Promise<void> {
    const address = env.RUNPOD_WEBHOOK_POST_OUTPUT.replace('$RUNPOD_POD_ID', env.RUNPOD_POD_ID).replace('$ID', id)
    for (let turn = 1; ; turn += 1) {
      try {
        const response = await fetch(`${address}&isStream=false`, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded', 'x-request-id': id },
          body: JSON.stringify(answer),
          signal: AbortSignal.timeout(takeMs),
        })
        await drain(response)
        if (response.ok) return
        throw new Error(`HTTP ${response.status}`)
      } catch (error) {
        log.warn({ err: error, turn }, 'the answer was not taken')
        if (turn >= tries) return
        await wait(pauseMs * turn, new AbortController().signal)
      }
    }
  }

  return { take }
}
