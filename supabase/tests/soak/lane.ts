import { setTimeout as sleep } from 'node:timers/promises'
import { Client, DatabaseError, type Pool } from 'pg'
import type { Random } from './random.ts'

/** One call of a public function, as the server (or, with `worker`, as that box) makes it. */
export type Statement = { name: string; args: readonly unknown[]; worker?: string }
export type Outcome = { answer: unknown; refused: null } | { answer: null; refused: string; data: unknown }

/** `kills`: share of the calls during which the connection is killed. */
export type LaneWish = { url: string; killer: Pool; random: Random; kills: number; stats: LaneStats }
export type LaneStats = { killed: number; retried: number; deadlocks: number }

/** What a lane dies of: nothing, its backend gone before the commit, or gone at any moment of an unguarded call. */
type Fate = 'lives' | 'dies-before-commit' | 'dies-in-flight'

/**
 * One caller with one connection, whose backend is killed now and then in the middle of a transaction. Like any good
 * client it connects again and repeats the call until it has an answer.
 */
export class Lane implements AsyncDisposable {
  private client: Promise<Client> | null = null
  private readonly wish: LaneWish

  constructor(wish: LaneWish) {
    this.wish = wish
  }

  async call(statement: Statement): Promise<Outcome> {
    let fate = this.draw()
    for (;;) {
      try {
        const client = await this.connected()
        return { answer: await this.attempt(client, statement, fate), refused: null }
      } catch (error) {
        const refusal = this.judge(error)
        if (refusal !== null) return refusal
        this.wish.stats.retried += 1
        fate = 'lives'
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.client)?.end()
    this.client = null
  }

  private draw(): Fate {
    if (this.wish.random() >= this.wish.kills) return 'lives'
    return this.wish.random() < 0.4 ? 'dies-before-commit' : 'dies-in-flight'
  }

  private attempt(client: Client, statement: Statement, fate: Fate): Promise<unknown> {
    if (statement.worker === undefined && fate !== 'dies-before-commit') return this.alone(client, statement, fate)
    return this.inTransaction(client, statement, fate)
  }

  /** One statement that commits by itself. Whoever kills is waited for, so that no later call meets them. */
  private async alone(client: Client, statement: Statement, fate: Fate): Promise<unknown> {
    const killing = fate === 'dies-in-flight' ? sleep(this.wish.random() * 4).then(() => this.kill(client)) : null
    const [result] = await Promise.allSettled([query(client, statement), killing])
    if (result.status === 'rejected') throw result.reason
    return result.value
  }

  private async inTransaction(client: Client, statement: Statement, fate: Fate): Promise<unknown> {
    await client.query('begin')
    try {
      if (statement.worker !== undefined) {
        const claims = JSON.stringify({ role: 'forge_worker', sub: statement.worker, aud: 'authenticated' })
        await client.query(
          `select set_config('role', 'forge_worker', true), set_config('request.jwt.claims', $1, true)`,
          [claims],
        )
      }
      const answer = await query(client, statement)
      if (fate !== 'lives') await this.kill(client)
      await client.query('commit')
      return answer
    } catch (error) {
      if (this.client !== null) await client.query('rollback')
      throw error
    }
  }

  /** The refusal that an error is; null when the call is to be repeated. Throws what nobody expected. */
  private judge(error: unknown): Outcome | null {
    const code = error instanceof DatabaseError ? error.code : undefined
    if (error instanceof DatabaseError && code === 'P0001') {
      return { answer: null, refused: error.message, data: JSON.parse(error.detail ?? '{}') }
    }
    if (code === '40P01' || code === '40001') {
      this.wish.stats.deadlocks += 1
      return null
    }
    const killed = this.client === null && (!(error instanceof DatabaseError) || code === '57P01')
    if (!killed) throw error
    return null
  }

  private async kill(client: Client): Promise<void> {
    const pid: unknown = Reflect.get(client, 'processID')
    this.client = null
    this.wish.stats.killed += 1
    await this.wish.killer.query('select pg_terminate_backend($1::int, 1000)', [pid])
  }

  private connected(): Promise<Client> {
    this.client ??= this.connect()
    return this.client
  }

  private async connect(): Promise<Client> {
    const client = new Client({
      connectionString: this.wish.url,
      options: '-c role=service_role',
      application_name: 'soak',
    })
    // Its death is what it is for.
    client.on('error', () => undefined)
    await client.connect()
    return client
  }
}

async function query(client: Client, { name, args }: Statement): Promise<unknown> {
  const places = args.map((_, index) => `$${index + 1}`).join(', ')
  const result = await client.query<{ answer: unknown }>(`select public.${name}(${places}) as answer`, [...args])
  return result.rows[0]?.answer
}
