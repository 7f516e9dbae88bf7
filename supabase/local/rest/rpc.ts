import { createHash } from 'node:crypto'
import { escapeIdentifier } from 'pg'
import type { PoolClient } from 'pg'
import { z } from 'zod'

import { ApiError, parseJson } from '../http.ts'
import type { Catalog, CatalogCache, Routine } from './catalog.ts'
import { unsupported } from './errors.ts'
import { createValues } from './filters.ts'
import { readRows } from './read.ts'
import type { Rows } from './respond.ts'
import type { Page } from './shape.ts'

const notArguments = new Set(['select', 'order', 'limit', 'offset'])
/** Types of the one unnamed argument that PostgREST passes a body to; it calls no other functions with unnamed ones. */
const bodyTypes = new Set(['json', 'jsonb', 'text', 'xml', 'bytea'])

/** A call that was matched to one function: the names given, and the JSON object they come in. */
export type Call = { routine: Routine; given: readonly string[]; json: string }

/** The JSON arguments of a POST: an object, or nothing for none. Kept as text: Postgres reads the numbers. */
export function argumentsOf(body: string): { given: string[]; json: string } {
  if (body.trim() === '') return { given: [], json: '{}' }
  const parsed = z.record(z.string(), z.unknown()).safeParse(parseJson(body))
  if (!parsed.success) throw new ApiError(400, { code: 'PGRST102', message: 'The arguments must be a JSON object' })
  return { given: Object.keys(parsed.data), json: body }
}

/** The arguments of a GET: every parameter that some function of that name takes; the others are filters. */
export function argumentsOfQuery(
  query: URLSearchParams,
  routines: readonly Routine[],
): { given: string[]; json: string } {
  const names = new Set(routines.flatMap((routine) => routine.args.map((arg) => arg.name)))
  const entries = [...query].filter(([name]) => names.has(name) && !notArguments.has(name))
  return { given: entries.map(([name]) => name), json: JSON.stringify(Object.fromEntries(entries)) }
}

/** What a request calls: `posted` tells a JSON body from the query string of a GET. */
export type Wanted = { name: string; given: readonly string[]; posted: boolean }

/** Finds the one function of that name that takes exactly these arguments; reads the catalogue again on a miss. */
export async function findRoutine(cache: CatalogCache, wanted: Wanted): Promise<Routine> {
  const known = matching(await cache.get(), wanted)
  const found = known.length > 0 ? known : matching(await cache.reload(), wanted)
  const [routine, other] = found
  if (routine === undefined) throw notFound(wanted)
  if (other !== undefined) throw ambiguous(found)
  if (routine.variadic) throw unsupported(`variadic functions (${routine.name})`)
  if (!isNamed(routine)) throw unsupported(`unnamed arguments (${routine.name})`)
  return routine
}

/** Calls a function that answers one value: its JSON text, or null for void. */
export async function callForValue(client: PoolClient, call: Call): Promise<string | null> {
  const { from, values } = sourceOf(call)
  const { returns } = call.routine
  if (returns === 'void') {
    await client.query(`select ${from}`, values)
    return null
  }
  const one = returns === 'composite' ? `from (select r.* ${from}) as r` : from
  const text = `select to_json(r)::text as body ${one}`
  const { rows } = await client.query<{ body: string | null }>({ name: nameOf(text), text, values })
  return rows[0]?.body ?? 'null'
}

/** Calls a set-returning function and reads it like a table: select, filters, order, page and count. */
export async function callForRows(
  client: PoolClient,
  call: Call,
  options: { query: URLSearchParams; page: Page; count: boolean },
): Promise<Rows> {
  const { routine } = call
  const { from, values } = sourceOf(call)
  const filters = [...options.query].filter(([name]) => !call.given.includes(name))
  if (routine.returns !== 'composite') {
    const refused = filters.find(([name]) => name !== 'limit' && name !== 'offset')
    if (refused !== undefined) throw unsupported(`"${refused[0]}" on a function that returns plain values`)
  }
  const source = { name: routine.name, columns: routine.columns }
  const rows = routine.returns === 'composite' ? `select r.* ${from}` : `select r ${from}`
  return readRows(client, {
    source,
    from: 'pgrst_call',
    // Evaluated once, whatever reads it: a function may write.
    prelude: `pgrst_call as materialized (${rows})`,
    query: options.query,
    filters,
    page: options.page,
    count: options.count,
    values: createValues(...values),
    plain: routine.returns !== 'composite',
  })
}

/** One name for each statement, by which a connection keeps its plan, as PostgREST has it. */
function nameOf(text: string): string {
  return `call-${createHash('sha256').update(text).digest('base64url')}`
}

function sourceOf({ routine, given, json }: Call): { from: string; values: unknown[] } {
  const name = `public.${escapeIdentifier(routine.name)}`
  const taken = routine.args.filter((arg) => given.includes(arg.name))
  if (taken.length === 0) return { from: `from ${name}() as r`, values: [] }
  const columns = taken.map((arg) => `${escapeIdentifier(arg.name)} ${arg.type}`).join(', ')
  const passed = taken.map((arg) => `${escapeIdentifier(arg.name)} => a.${escapeIdentifier(arg.name)}`).join(', ')
  return { from: `from json_to_record($1::json) as a(${columns}), lateral ${name}(${passed}) as r`, values: [json] }
}

/** Functions that PostgREST would call, named arguments first; an unnamed one takes the whole body when none match. */
function matching(catalog: Catalog, { name, given, posted }: Wanted): Routine[] {
  const callable = (catalog.routines.get(name) ?? []).filter((routine) => isNamed(routine) || takesBody(routine))
  const named = callable.filter(({ args }) => {
    const names = new Set(args.map((arg) => arg.name))
    return given.every((arg) => names.has(arg)) && args.every((arg) => !arg.required || given.includes(arg.name))
  })
  if (named.length > 0 || !posted) return named
  return callable.filter((routine) => !isNamed(routine) && routine.args.every(({ type }) => /^jsonb?$/.test(type)))
}

function isNamed({ args }: Routine): boolean {
  return args.every((arg) => arg.name !== '')
}

function takesBody({ args }: Routine): boolean {
  return args.length === 1 && args.every(({ type }) => bodyTypes.has(type))
}

function ambiguous(routines: readonly Routine[]): ApiError {
  const spelled = routines
    .map(({ name, args }) => ({ name, args: args.map((arg) => `${arg.name} => ${arg.type}`).join(', ') }))
    .sort((a, b) => (a.args < b.args ? -1 : 1))
    .map(({ name, args }) => `public.${name}(${args})`)
  return new ApiError(300, {
    code: 'PGRST203',
    message: `Could not choose the best candidate function between: ${spelled.join(', ')}`,
    hint: 'Try renaming the parameters or the function itself in the database so function overloading can be resolved',
  })
}

function notFound({ name, given, posted }: Wanted): ApiError {
  const names = [...given].sort().join(', ')
  const call = given.length === 0 ? `public.${name} without parameters` : `public.${name}(${names})`
  const searched = given.length === 0 ? 'without parameters' : `with parameter${given.length > 1 ? 's' : ''} ${names}`
  const whole = posted ? ' or with a single unnamed json/jsonb parameter' : ''
  return new ApiError(404, {
    code: 'PGRST202',
    message: `Could not find the function ${call} in the schema cache`,
    details: `Searched for the function public.${name} ${searched}${whole}, but no matches were found in the schema cache.`,
  })
}
