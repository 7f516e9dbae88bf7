import { useActionState, useEffect, useRef } from 'react'
import type { ReactNode } from 'react'
import { copy } from '#client/app/copy.ts'
import { problemWords } from './problem-words.ts'
import type { AuthProblem } from './problems.ts'

type AuthFormProps = {
  verb: string
  /** The one thing to do here, and so the hot one; not on a page with other things to do. */
  hot?: boolean
  /** Sends what was entered; answers why it did not work, or null. */
  send: (read: (name: string) => string) => Promise<AuthProblem | null>
  children: ReactNode
  after?: ReactNode
}

/** One form of the sheet: fields, what went wrong, one button. A service that cannot be reached is a problem too. */
export function AuthForm({ verb, hot = true, send, children, after }: AuthFormProps) {
  const [problem, submit, pending] = useActionState<AuthProblem | null, FormData>(async (_before, form) => {
    const read = (name: string) => {
      const value = form.get(name)
      return typeof value === 'string' ? value : ''
    }
    return await send(read).catch((): AuthProblem => 'unreachable')
  }, null)
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    // The next step of a sheet goes on by keyboard; a page keeps the focus where it was.
    if (form.current?.closest('dialog')) form.current.querySelector('input')?.focus()
  }, [])
  return (
    <form ref={form} action={submit}>
      {children}
      <p id="account-problem" role="alert" className={problem ? 'bad' : 'sr'}>
        {problem && !pending && problemWords[problem]}
      </p>
      <button type="submit" className={hot ? 'primary' : 'btn'} disabled={pending}>
        {pending ? copy.account.working : verb}
      </button>
      {after}
    </form>
  )
}

export function EmailField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <label>
      {copy.account.email}
      <input
        className="field"
        type="email"
        name="email"
        autoComplete="email"
        required
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  )
}

/** `name` is what the field is called; a new password has a least length. */
export function PasswordField({ name, fresh }: { name: string; fresh: boolean }) {
  return (
    <>
      <label>
        {name}
        <input
          className="field"
          type="password"
          name="password"
          autoComplete={fresh ? 'new-password' : 'current-password'}
          minLength={fresh ? 8 : undefined}
          required
          aria-describedby="account-problem"
        />
      </label>
      {fresh && <p className="hint">{copy.account.passwordHint}</p>}
    </>
  )
}
