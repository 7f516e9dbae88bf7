import { Check } from 'lucide-react'
import { useActionState, useState } from 'react'
import { copy } from '#client/app/copy.ts'
import { Sheet } from '#client/components/ui/sheet.tsx'
import { signIn, signUp } from './sign-in.ts'
import type { AuthOutcome, AuthProblem } from './sign-in.ts'

type AccountSheetProps = {
  start: 'sign-in' | 'sign-up'
  /** What a guest has made here, and its newest picture; shown because it comes along. */
  kept: { count: number; thumb: string | null }
  onClose: () => void
  onDone: (outcome: AuthOutcome) => void
}

const problemWords: Record<AuthProblem, string> = {
  wrong: copy.account.wrong,
  taken: copy.account.taken,
  weak: copy.account.weak,
  'bad-email': copy.account.badEmail,
  'too-many': copy.account.tooMany,
  unreachable: copy.account.unreachable,
}

function text(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}

function Kept({ count, thumb }: { count: number; thumb: string | null }) {
  return (
    <div className="kept">
      {thumb ? <img src={thumb} alt="" width={72} height={48} /> : <span />}
      <p>
        <b className="strong">{copy.account.moves(count)}</b>
        <br />
        <span className="hint">{copy.account.movesWhere(count)}</span>
      </p>
    </div>
  )
}

/** Sign in or create an account without leaving the bench. Nothing runs by itself afterwards. */
export function AccountSheet({ start, kept, onClose, onDone }: AccountSheetProps) {
  const [mode, setMode] = useState(start)
  const [email, setEmail] = useState('')
  const title = mode === 'sign-in' ? copy.account.signIn : copy.account.signUp
  const [problem, submit, pending] = useActionState<AuthProblem | null, FormData>(async (_before, form) => {
    const credentials = { email: text(form, 'email').trim(), password: text(form, 'password') }
    const act = mode === 'sign-in' ? signIn : signUp
    const outcome = await act(credentials).catch((): AuthOutcome => ({ kind: 'problem', problem: 'unreachable' }))
    if (outcome.kind === 'problem') return outcome.problem
    onDone(outcome)
    return null
  }, null)
  return (
    <Sheet title={title} onClose={onClose}>
      <div>
        <h2>{title}</h2>
        <p className="sub">{copy.account.keeps}</p>
      </div>
      {kept.count > 0 && <Kept count={kept.count} thumb={kept.thumb} />}
      <form action={submit}>
        <label>
          {copy.account.email}
          <input
            className="field"
            type="email"
            name="email"
            autoComplete="email"
            required
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        </label>
        <label>
          {copy.account.password}
          <input
            className="field"
            type="password"
            name="password"
            autoComplete={mode === 'sign-in' ? 'current-password' : 'new-password'}
            minLength={mode === 'sign-up' ? 8 : undefined}
            required
            aria-describedby="account-problem"
          />
        </label>
        {mode === 'sign-up' && <p className="hint">{copy.account.passwordHint}</p>}
        <p id="account-problem" role="alert" className={problem ? 'bad' : 'sr'}>
          {problem && !pending && problemWords[problem]}
        </p>
        <button type="submit" className="primary" disabled={pending}>
          {pending ? copy.account.working : title}
        </button>
        <button type="button" className="btn quiet" onClick={() => setMode(mode === 'sign-in' ? 'sign-up' : 'sign-in')}>
          {mode === 'sign-in' ? copy.account.toSignUp : copy.account.toSignIn}
        </button>
      </form>
      <ul className="gets">
        {copy.account.gets.map((line) => (
          <li key={line}>
            <Check className="i" aria-hidden />
            <span>{line}</span>
          </li>
        ))}
      </ul>
    </Sheet>
  )
}
