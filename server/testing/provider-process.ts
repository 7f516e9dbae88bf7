import { randomBytes } from 'node:crypto'
import { cp, glob, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { hashKey } from '#server/services/worker/session.ts'
import { root } from '#server/stack/env.ts'
import { type Part, startPart } from '#server/stack/part.ts'
import { sweep } from '#supabase/tests/fixtures.ts'
import { startReplicateStandin, type ReplicateStandin } from '#worker/standin/replicate/standin.ts'
import { startLiveServer, type LiveServer, type Person } from './live-server.ts'
import { wishOf } from './pressing.ts'

const token = 'standin_only_for_tests'
/** The least that a mapping may allow: a create that was never taken is given up then. */
const deadlineS = 5

/** A provider's worker as a process of its own. */
export type ProviderProcess = {
  signal: (signal: NodeJS.Signals) => void
  /** SIGKILL; resolves when it is gone. */
  kill: () => Promise<void>
}

/** The server, the database and Replicate's stand-in in this process, the provider's worker in one of its own. */
export type ProviderStudio = {
  live: LiveServer
  replicate: ReplicateStandin
  person: Person
  /** `disk` names where it keeps its journal: another name is another machine. */
  start: (disk?: string) => Promise<ProviderProcess>
  /** One free image; answers its job's id. */
  press: () => Promise<string>
  /** What the job shows once it is over. */
  ended: (id: string) => Promise<Awaited<ReturnType<Person['api']['forge']['get']['query']>>>
  /** What its attempts cost, in their order; null where nothing was booked. */
  costs: (id: string) => Promise<(number | null)[]>
  /** The lease of what runs is over, as after thirty silent seconds, and the sweep has seen it. */
  loseLease: (id: string) => Promise<void>
  stop: () => Promise<void>
}

/** Asks until the answer is truthy; fails only after so long that no load of the machine explains it. */
export async function until<T>(ask: () => Promise<T> | T, what: string): Promise<NonNullable<T>> {
  for (const end = Date.now() + 120_000; ;) {
    const answer = await ask()
    if (answer) return answer
    if (Date.now() > end) throw new Error(`never: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

/** The project's workflows with mappings that are given up soon. */
async function quickWorkflows(to: string): Promise<string> {
  await cp(join(root, 'workflows'), to, { recursive: true })
  for await (const file of glob(join(to, '*', 'replicate.json'))) {
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replaceAll(/"deadlineS": \d+/g, `"deadlineS": ${deadlineS}`))
  }
  return to
}

export async function openProviderStudio(): Promise<ProviderStudio> {
  const live = await startLiveServer()
  const replicate = await startReplicateStandin({ port: 0, token, stepMs: 4, startMs: 10 })
  const folder = await mkdtemp(join(tmpdir(), 'forge-provider-process-'))
  const workflows = await quickWorkflows(join(folder, 'workflows'))
  const key = `fwk_${randomBytes(24).toString('base64url')}`
  await live.db.pool.query('select public.create_worker_key($1, $2, $3, $4)', ['away', hashKey(key), 'p', 'provider'])
  await live.changeSettings(`variants = '{"remix":"schnell"}', provider_fallback = true, fallback_always = true,
    free_caps = '{"wide": 1000, "account": 1000, "network": 1000}'`)
  const person = await live.permanent()
  const running = new Set<Part>()
  const env = {
    NODE_OPTIONS: `--import ${join(root, 'worker/replicate/quicken.ts')}`,
    FORGE_SERVER_URL: live.url,
    FORGE_WORKER_KEY: key,
    REPLICATE_API_TOKEN: token,
    REPLICATE_API_URL: replicate.url,
    WORKFLOWS_DIR: workflows,
    POLL_MS: '100',
  }
  const rowsOf = async (sql: string, id: string) => (await live.db.pool.query(sql, [id])).rows
  return {
    live,
    replicate,
    person,
    async start(disk = 'one') {
      const plan = { name: 'provider', script: 'worker/main.ts', probe: null, readyWithinMs: 60_000 }
      const data = { WORKER_DATA: join(folder, disk) }
      const part = await startPart({ ...plan, env: { ...env, ...data } }, { root, print: () => undefined })
      running.add(part)
      const signal = (name: NodeJS.Signals) => void process.kill(part.pid, name)
      return {
        signal,
        async kill() {
          signal('SIGKILL')
          await part.exited
          running.delete(part)
        },
      }
    },
    async press() {
      const { jobs } = await person.api.forge.create.mutate(await wishOf(person))
      return jobs[0]?.id ?? ''
    },
    ended: (id) =>
      until(async () => {
        const seen = await person.api.forge.get.query({ id })
        return seen.status === 'queued' || seen.status === 'running' ? null : seen
      }, 'the job ends'),
    async costs(id) {
      const found = await rowsOf(
        'select cost_usd_micros::int as cost from job_attempts where job_id = $1 order by epoch',
        id,
      )
      return found.map(({ cost }) => cost as number | null)
    },
    async loseLease(id) {
      await rowsOf(`update jobs set lease_until = now() - interval '1 s' where id = $1`, id)
      await sweep(live.db)
    },
    async stop() {
      for (const part of running) await part.stop()
      await replicate.stop()
      await live[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
