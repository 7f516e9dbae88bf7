import { useState } from 'react'
import { copyAccount } from '#client/app/copy-account.ts'
import { AuthForm, EmailField, PasswordField } from './auth-form.tsx'
import { savePassword, enterCode, sendCode, sendRecovery } from './codes.ts'
import type { CodeKind } from './codes.ts'
import type { AuthOutcome } from './sign-in.ts'

type CodeFormProps = {
  /** `recovery` ends in a new password. */
  purpose: 'sign-in' | 'recovery'
  email: string
  onEmail: (email: string) => void
  onDone: (outcome: AuthOutcome) => void
  onPassword: () => void
}

const words = copyAccount.sheet

type Step = { at: 'email' } | { at: 'code'; kind: CodeKind } | { at: 'password'; outcome: AuthOutcome }

/** Address, then the code that was sent to it, then for a recovery the new password. */
export function CodeForm({ purpose, email, onEmail, onDone, onPassword }: CodeFormProps) {
  const [step, setStep] = useState<Step>({ at: 'email' })

  const ask = async () => {
    const sent = await (purpose === 'recovery' ? sendRecovery : sendCode)(email.trim())
    if (sent.kind === 'problem') return sent.problem
    if (sent.kind === 'sent') setStep({ at: 'code', kind: sent.code })
    else onDone(sent)
    return null
  }

  if (step.at === 'email') {
    return (
      <AuthForm
        key="email"
        verb={words.sendCode}
        send={ask}
        after={
          <button type="button" className="btn quiet" onClick={onPassword}>
            {words.byPassword}
          </button>
        }
      >
        <EmailField value={email} onChange={onEmail} />
      </AuthForm>
    )
  }

  if (step.at === 'password') {
    return (
      <AuthForm
        key="password"
        verb={words.savePassword}
        send={async (read) => {
          const saved = await savePassword(read('password'))
          if (saved.kind === 'problem' && saved.problem !== 'same') return saved.problem
          onDone(step.outcome)
          return null
        }}
      >
        <PasswordField name={words.newPassword} fresh />
      </AuthForm>
    )
  }

  return (
    <AuthForm
      key="code"
      verb={words.checkCode}
      send={async (read) => {
        const outcome = await enterCode({ email: email.trim(), kind: step.kind, code: read('code') })
        if (outcome.kind === 'problem') return outcome.problem
        if (step.kind === 'recovery') setStep({ at: 'password', outcome })
        else onDone(outcome)
        return null
      }}
      after={
        <>
          <button type="button" className="btn quiet" onClick={() => void ask().catch(() => null)}>
            {words.again}
          </button>
          <button type="button" className="btn quiet" onClick={() => setStep({ at: 'email' })}>
            {words.otherAddress}
          </button>
        </>
      }
    >
      <p className="hint">{words.sentTo(email.trim())}</p>
      <label>
        {words.code}
        <input
          className="field num"
          name="code"
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={12}
          required
          aria-describedby="account-problem"
        />
      </label>
    </AuthForm>
  )
}
