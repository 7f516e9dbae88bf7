import type { AuthError } from '@supabase/auth-js'

/** Why a sign-in did not work, in the words of the sheet. */
export type AuthProblem =
  | 'wrong'
  | 'taken'
  | 'weak'
  | 'same'
  | 'bad-email'
  | 'bad-code'
  | 'captcha'
  | 'too-many'
  | 'unreachable'

const problems: Partial<Record<string, AuthProblem>> = {
  invalid_credentials: 'wrong',
  user_already_exists: 'taken',
  email_exists: 'taken',
  weak_password: 'weak',
  same_password: 'same',
  email_address_invalid: 'bad-email',
  validation_failed: 'bad-email',
  otp_expired: 'bad-code',
  captcha_failed: 'captcha',
  over_request_rate_limit: 'too-many',
  over_email_send_rate_limit: 'too-many',
}

/** Maps GoTrue's error codes to ours; what has no code never reached it. */
export function authProblem(error: Pick<AuthError, 'code' | 'status'>): AuthProblem {
  const known = problems[error.code ?? '']
  if (known) return known
  if (error.status === 429) return 'too-many'
  return error.status === 400 || error.status === 422 ? 'wrong' : 'unreachable'
}
