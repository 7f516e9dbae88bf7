import type { Context } from 'hono'
import { z } from 'zod'
import { AuthError } from './errors.ts'

const metadata = z.record(z.string(), z.unknown())
const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(255, 'Unable to validate email address: too long')
  .pipe(z.email('Unable to validate email address: invalid format'))
/** Clients send null or an empty string for "not given". */
const given = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' || value === null ? undefined : value), schema.optional())
const challenge = {
  code_challenge: given(
    z.string().regex(/^[\w~.-]{43,128}$/, 'code challenge has to be between 43 and 128 characters'),
  ),
  code_challenge_method: given(
    z
      .string()
      .toLowerCase()
      .pipe(z.enum(['s256', 'plain'])),
  ),
}

export const signupInput = z.object({
  email: given(email),
  phone: given(z.string()),
  password: given(z.string()),
  data: given(metadata),
})
export const passwordGrantInput = z.object({ email: given(email), phone: given(z.string()), password: z.string() })
export const refreshGrantInput = z.object({ refresh_token: z.string().min(1, 'refresh_token required') })
export const pkceGrantInput = z.object({ auth_code: z.uuid(), code_verifier: z.string().min(1).max(128) })
export const updateUserInput = z.object({
  email: given(email),
  phone: given(z.string()),
  password: given(z.string()),
  data: given(metadata),
  app_metadata: given(metadata),
})
export const otpInput = z.object({
  email: given(email),
  phone: given(z.string()),
  create_user: z.boolean().default(true),
  data: given(metadata),
  ...challenge,
})
export const resendInput = z.object({ type: z.enum(['signup', 'email_change']), email })
export const recoverInput = z.object({ email, ...challenge })
export const verifyInput = z.object({
  type: z.string(),
  email: given(email),
  phone: given(z.string()),
  token: given(z.string().max(255)),
  token_hash: given(z.string().max(255)),
})
export const adminUserInput = z.object({
  id: given(z.uuid()),
  email: given(email),
  phone: given(z.string()),
  password: given(z.string()),
  email_confirm: z.boolean().default(false),
  user_metadata: given(metadata),
  app_metadata: given(metadata),
  role: given(z.string().max(63)),
  ban_duration: given(z.string()),
})

/** JSON body checked by a schema. An absent body counts as `{}`. Throws `AuthError` bad_json, validation_failed. */
export async function readBody<T extends z.ZodType>(c: Context, schema: T): Promise<z.infer<T>> {
  const text = await c.req.text()
  let body: unknown
  try {
    body = text === '' ? {} : JSON.parse(text)
  } catch {
    throw new AuthError(400, 'bad_json', 'Could not parse request body as JSON')
  }
  return checkInput(schema, body)
}

/** `value` checked by a schema. Throws `AuthError` validation_failed with the first complaint. */
export function checkInput<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue?.path.join('.') ?? ''
  const message = issue?.message ?? 'Invalid request'
  throw new AuthError(400, 'validation_failed', where === '' || where === 'email' ? message : `${where}: ${message}`)
}

const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Milliseconds of a duration such as `1h30m`; `none` is 0. Throws `AuthError` validation_failed. */
export function parseBanDuration(text: string): number {
  if (text === 'none') return 0
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) {
    throw new AuthError(400, 'validation_failed', 'invalid format for ban duration')
  }
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (durationUnits[unit ?? ''] ?? 0), 0)
}
