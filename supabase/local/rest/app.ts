import { Hono } from 'hono'
import type { Context } from 'hono'
import { DatabaseError, escapeIdentifier } from 'pg'
import type { Pool, PoolClient } from 'pg'
import type { Logger } from 'pino'

import { runAsCaller } from '../as-caller.ts'
import { resolveCaller } from '../caller.ts'
import type { Caller, LocalContext } from '../context.ts'
import { ApiError, answerError, readText } from '../http.ts'
import { createCatalogCache } from './catalog.ts'
import type { CatalogCache, Relation, Routine } from './catalog.ts'
import { refusalOfConnection, refusalOfDatabase, unsupported } from './errors.ts'
import { createValues } from './filters.ts'
import { formOf, preferencesOf } from './prefer.ts'
import { readRows } from './read.ts'
import { answerJson, answerRows } from './respond.ts'
import { argumentsOf, argumentsOfQuery, callForRows, callForValue, findRoutine } from './rpc.ts'
import { pageOf } from './shape.ts'

/** Largest body of a call, in bytes. */
const maxBodyBytes = 4 * 1024 * 1024
/** The catalogue we hold may be older than the database: these errors say so. */
const staleCodes = new Set(['42883', '42P01', '42703', '42804'])

export type RestDeps = {
  /** Logs in as `authenticator`. */
  pool: Pool
  log: Logger
}

type Env = { Variables: { caller: Caller } }
type Services = { ctx: LocalContext; deps: RestDeps; catalog: CatalogCache }

/** The part of PostgREST that this project uses, over schema `public`, to be mounted at `/rest/v1`. */
export function createRestApp(ctx: LocalContext, deps: RestDeps): Hono {
  const services: Services = { ctx, deps, catalog: createCatalogCache(ctx.admin) }
  const app = new Hono<Env>()
  app.use(async (c, next) => {
    c.set('caller', await resolveCaller(ctx, c.req.raw.headers))
    await next()
  })
  app.on(['GET', 'HEAD', 'POST'], '/rpc/:name', (c) => answerCall(c, services, c.req.param('name')))
  app.on(['GET', 'HEAD'], '/:table', (c) => answerRead(c, services, c.req.param('table')))
  app.on(['POST', 'PATCH', 'PUT', 'DELETE'], '/:table', (c) => {
    throw unsupported(`${c.req.method} on tables; every write of this project is a function call`)
  })
  app.notFound((c) =>
    answerError(c, new ApiError(404, { code: 'PGRST125', message: 'Invalid path specified in request URL' })),
  )
  app.onError((error, c) => answerFailure(c, services, error))
  return new Hono().route('/', app)
}

async function answerCall(c: Context<Env>, services: Services, name: string): Promise<Response> {
  const reading = c.req.method !== 'POST'
  const query = queryOf(c)
  const form = formOf(c.req.raw.headers, reading)
  const { count } = preferencesOf(c.req.header('prefer') ?? null)
  const page = pageOf(query, reading ? (c.req.header('range') ?? null) : null)
  const { given, json } = reading
    ? argumentsOfQuery(query, await routinesOf(services.catalog, name))
    : argumentsOf(await bodyOf(c))
  const routine = await findRoutine(services.catalog, { name, given, posted: !reading })
  const call = { routine, given, json }
  if (routine.returnsSet) {
    const rows = await inTransaction(c, services, reading || !routine.volatile, (client) =>
      callForRows(client, call, { query, page, count }),
    )
    return answerRows(c, rows, { form, offset: page.offset })
  }
  const odd = [...query.keys()].find((key) => !given.includes(key) || !reading)
  if (odd !== undefined) throw unsupported(`"${odd}" on a function that returns one value`)
  if (reading && c.req.header('range') !== undefined) throw unsupported('Range on a function that returns one value')
  const body = await inTransaction(c, services, reading || !routine.volatile, (client) => callForValue(client, call))
  // One value counts as one row, null and void too.
  const range = `0-0/${count ? 1 : '*'}`
  return body === null ? c.body(null, 204, { 'content-range': range }) : answerJson(c, body, { form, range })
}

async function answerRead(c: Context<Env>, services: Services, table: string): Promise<Response> {
  const query = queryOf(c)
  const form = formOf(c.req.raw.headers, true)
  const { count } = preferencesOf(c.req.header('prefer') ?? null)
  const page = pageOf(query, c.req.header('range') ?? null)
  const source = await findRelation(services.catalog, table)
  const rows = await inTransaction(c, services, true, (client) =>
    readRows(client, { source, from: source.sql, query, filters: query, page, count, values: createValues() }),
  )
  return answerRows(c, rows, { form, offset: page.offset })
}

/** The query string. Filters may repeat a name; of these, a second one could only be ignored. */
function queryOf(c: Context): URLSearchParams {
  const query = new URL(c.req.url).searchParams
  const twice = ['select', 'order', 'limit', 'offset'].find((name) => query.getAll(name).length > 1)
  if (twice !== undefined) throw unsupported(`the parameter ${twice} given twice`)
  return query
}

function inTransaction<T>(
  c: Context<Env>,
  { deps }: Services,
  readOnly: boolean,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  return runAsCaller(deps.pool, c.get('caller'), readOnly, work)
}

/** Overloads of a name; read again when there is none. */
async function routinesOf(catalog: CatalogCache, name: string): Promise<readonly Routine[]> {
  return (await catalog.get()).routines.get(name) ?? (await catalog.reload()).routines.get(name) ?? []
}

async function findRelation(catalog: CatalogCache, name: string): Promise<Relation & { sql: string }> {
  const found = (await catalog.get()).relations.get(name) ?? (await catalog.reload()).relations.get(name)
  if (found === undefined) {
    throw new ApiError(404, {
      code: 'PGRST205',
      message: `Could not find the table 'public.${name}' in the schema cache`,
    })
  }
  return { ...found, sql: `public.${escapeIdentifier(found.name)}` }
}

async function bodyOf(c: Context): Promise<string> {
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== undefined && type !== 'application/json') {
    throw new ApiError(415, { code: 'PGRST102', message: `Content-Type not acceptable: ${type}` })
  }
  return readText(c.req.raw, maxBodyBytes)
}

async function answerFailure(c: Context<Env>, { catalog, deps }: Services, error: Error): Promise<Response> {
  if (error instanceof ApiError) return answerError(c, error)
  if (error instanceof DatabaseError) {
    if (staleCodes.has(error.code ?? '')) await catalog.reload()
    return answerError(c, refusalOfDatabase(error, c.get('caller').role))
  }
  deps.log.error({ err: error, path: c.req.path }, 'a REST request failed')
  const internal = new ApiError(500, { code: 'XX000', message: 'Internal error, see the log of the stack' })
  return answerError(c, refusalOfConnection(error) ?? internal)
}
