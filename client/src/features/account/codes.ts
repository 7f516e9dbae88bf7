import { captchaOption } from './captcha.ts'
import { enterAccount, problem } from './sign-in.ts'
import type { AuthOutcome } from './sign-in.ts'
import { loadAuth, sessionStore } from './session.ts'

/** What a code that was sent proves when it comes back. */
export type CodeKind = 'email' | 'email_change' | 'recovery'

export type CodeSent = { kind: 'sent'; code: CodeKind } | AuthOutcome

const backTo = (path: string) => `${location.origin}${path}`

/**
 * Sends a code for signing in, or for making the account. A guest keeps the account it has, with the address added;
 * where the address has an account already, the code signs in to that one and the guest's images move.
 */
export async function sendCode(email: string): Promise<CodeSent> {
  const auth = await loadAuth()
  if (sessionStore.get().status === 'guest') {
    const { data, error } = await auth.updateUser({ email }, { emailRedirectTo: backTo('/studio') })
    if (!error) {
      if (data.user.email !== email) return { kind: 'sent', code: 'email_change' }
      // A project that asks for no proof; the old token still says guest.
      await auth.refreshSession()
      return { kind: 'created' }
    }
    if (error.code !== 'email_exists' && error.code !== 'user_already_exists') return problem(error)
  }
  const options = { emailRedirectTo: backTo('/studio'), ...(await captchaOption()) }
  const { error } = await auth.signInWithOtp({ email, options })
  return error ? problem(error) : { kind: 'sent', code: 'email' }
}

/** Sends a code with which a new password can be chosen. */
export async function sendRecovery(email: string): Promise<CodeSent> {
  const auth = await loadAuth()
  const options = { redirectTo: backTo('/account'), ...(await captchaOption()) }
  const { error } = await auth.resetPasswordForEmail(email, options)
  return error ? problem(error) : { kind: 'sent', code: 'recovery' }
}

/** Signs in by a code. Codes are digits; whatever was copied with them is dropped. */
export async function enterCode(sent: { email: string; kind: CodeKind; code: string }): Promise<AuthOutcome> {
  const auth = await loadAuth()
  const token = sent.code.replaceAll(/\D/g, '')
  return await enterAccount(() => auth.verifyOtp({ email: sent.email, token, type: sent.kind }))
}

/** Sets the password of whoever is signed in, which signs their other devices out. */
export async function savePassword(password: string): Promise<AuthOutcome> {
  const auth = await loadAuth()
  const { error } = await auth.updateUser({ password })
  return error ? problem(error) : { kind: 'signed-in' }
}
