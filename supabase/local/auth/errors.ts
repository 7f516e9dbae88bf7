import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** Header by which clients ask for (and servers state) the shape of error bodies. */
const apiVersionHeader = 'x-supabase-api-version'
const apiVersion = '2024-01-01'

/** A refusal as auth-js reads it: `code` is one of its published error codes. */
export class AuthError extends Error {
  readonly status: ContentfulStatusCode
  readonly code: string
  /** Why a password was refused; only beside `weak_password`. */
  readonly weakPassword: readonly string[] | undefined

  constructor(status: ContentfulStatusCode, code: string, message: string, weakPassword?: readonly string[]) {
    super(message)
    this.name = 'AuthError'
    this.status = status
    this.code = code
    this.weakPassword = weakPassword
  }
}

/** Answers an error in the shape of the API version that the client asked for, as GoTrue does. */
export function renderAuthError(c: Context, error: AuthError): Response {
  const extra = error.weakPassword === undefined ? {} : { weak_password: { reasons: error.weakPassword } }
  c.header('x-sb-error-code', error.code)
  // The rest of an oversized body is unread: the connection cannot carry another request.
  if (error.status === 413) c.header('connection', 'close')
  const asked = c.req.header(apiVersionHeader)
  if (asked !== undefined && asked >= apiVersion) {
    c.header(apiVersionHeader, apiVersion)
    return c.json({ code: error.code, message: error.message, ...extra }, error.status)
  }
  return c.json({ code: error.status, error_code: error.code, msg: error.message, ...extra }, error.status)
}

/** The refusal that a Postgres error means, or undefined when it is our own fault. */
export function authErrorOfPostgres(error: unknown): AuthError | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  const constraint = 'constraint' in error ? error.constraint : undefined
  if (error.code === '23505' && constraint === 'users_email_partial_key') {
    return new AuthError(422, 'email_exists', 'A user with this email address has already been registered')
  }
  if (error.code === '22P05' || error.code === '22021') {
    return new AuthError(400, 'validation_failed', 'Text holds a character that cannot be stored')
  }
  return undefined
}
