import { z } from 'zod'
import type { Database } from '#shared/database.types.ts'
import type { Supabase } from '#server/adapters/supabase.ts'
import { toRefusal } from './refusal.ts'

type Answer = {
  data: unknown
  error: { code?: string; message: string; details?: string | null } | null
  status: number
}

type Functions = Database['public']['Functions']
/** SQL arguments are never declared not null, so each may also be null. */
type Arguments<Name extends keyof Functions> = [Functions[Name]['Args']] extends [never]
  ? Record<string, never>
  : { [Key in keyof Functions[Name]['Args']]: Functions[Name]['Args'][Key] | null }

/**
 * Calls one SQL function and checks the shape of its answer; its name and arguments are checked against the generated
 * types when this compiles. Throws the function's refusal.
 */
export async function call<T, Name extends keyof Functions>(
  client: Supabase,
  name: Name,
  args: Arguments<Name>,
  schema: z.ZodType<T>,
): Promise<T> {
  // Only null is added to what the client's types allow; Postgres takes it for every argument.
  const allowed: unknown = args
  return check(name, await client.rpc(name, allowed as Functions[Name]['Args']), schema)
}

/** Checks the shape of rows that were read. `what` names the read for the log. */
export async function rows<T>(what: string, query: PromiseLike<Answer>, schema: z.ZodType<T>): Promise<T[]> {
  return check(what, await query, z.array(schema))
}

function check<T>(what: string, answer: Answer, schema: z.ZodType<T>): T {
  if (answer.error !== null) throw toRefusal(what, answer.status, answer.error)
  const parsed = schema.safeParse(answer.data)
  if (parsed.success) return parsed.data
  // Paths only: values may be a user's.
  const paths = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.code}`)
  throw new Error(`database: ${what}: unexpected answer: ${paths.slice(0, 5).join(', ')}`)
}

/** The column list of `select` that a row schema needs. */
export function columnsOf(schema: z.ZodObject): string {
  return Object.keys(schema.shape).join(',')
}
