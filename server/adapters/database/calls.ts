import type { SupabaseClient } from '@supabase/supabase-js'
import { z } from 'zod'
import { toRefusal } from './refusal.ts'

type Answer = {
  data: unknown
  error: { code?: string; message: string; details?: string | null } | null
  status: number
}

/** Calls one SQL function and checks the shape of its answer. Throws the function's refusal. */
export async function call<T>(
  client: SupabaseClient,
  name: string,
  args: Readonly<Record<string, unknown>>,
  schema: z.ZodType<T>,
): Promise<T> {
  return check(name, await client.rpc(name, args), schema)
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
