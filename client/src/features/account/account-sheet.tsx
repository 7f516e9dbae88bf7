import { Link } from '@tanstack/react-router'
import { Check } from 'lucide-react'
import { useState } from 'react'
import { copy } from '#client/app/copy.ts'
import { copyAccount } from '#client/app/copy-account.ts'
import { Sheet } from '#client/components/ui/sheet.tsx'
import { AuthForm, EmailField, PasswordField } from './auth-form.tsx'
import { CodeForm } from './code-form.tsx'
import { ProviderButtons } from './provider-buttons.tsx'
import { signIn, signUp } from './sign-in.ts'
import type { AuthOutcome } from './sign-in.ts'
import '#client/styles/account.css'

type Side = 'sign-in' | 'sign-up' | 'code' | 'recovery'

type AccountSheetProps = {
  start: 'sign-in' | 'sign-up'
  guest: boolean
  /** What a guest has made here, and its newest picture; shown because it comes along. */
  kept: { count: number; thumb: string | null }
  /** True when what was pressed goes on by itself afterwards. */
  goesOn: boolean
  onClose: () => void
  onDone: (outcome: AuthOutcome) => void
}

const titles: Record<Side, string> = {
  'sign-in': copy.account.signIn,
  'sign-up': copy.account.signUp,
  code: copyAccount.sheet.codeTitle,
  recovery: copyAccount.sheet.recoverTitle,
}
const leads: Record<Side, string> = {
  'sign-in': copy.account.keeps,
  'sign-up': copy.account.keeps,
  code: copyAccount.sheet.codeLead,
  recovery: copyAccount.sheet.recoverLead,
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

function Gets() {
  return (
    <ul className="gets">
      {copy.account.gets.map((line) => (
        <li key={line}>
          <Check className="i" aria-hidden />
          <span>{line}</span>
        </li>
      ))}
    </ul>
  )
}

/** Sign in or create an account without leaving the bench. */
export function AccountSheet({ start, guest, kept, goesOn, onClose, onDone }: AccountSheetProps) {
  const [side, setSide] = useState<Side>(start)
  const [email, setEmail] = useState('')
  const signsIn = side === 'sign-in'
  return (
    <Sheet title={titles[side]} onClose={onClose}>
      <div>
        <h2>{titles[side]}</h2>
        <p className="sub">{goesOn ? copyAccount.sheet.goesOn : leads[side]}</p>
      </div>
      {kept.count > 0 && <Kept count={kept.count} thumb={kept.thumb} />}
      {side !== 'recovery' && <ProviderButtons />}
      {side === 'code' || side === 'recovery' ? (
        <CodeForm
          key={side}
          purpose={side === 'code' ? 'sign-in' : 'recovery'}
          email={email}
          onEmail={setEmail}
          onDone={onDone}
          onPassword={() => setSide('sign-in')}
        />
      ) : (
        <AuthForm
          verb={titles[side]}
          send={async (read) => {
            const outcome = await (signsIn ? signIn : signUp)({ email: email.trim(), password: read('password') })
            if (outcome.kind === 'problem') return outcome.problem
            onDone(outcome)
            return null
          }}
          after={
            <>
              <button type="button" className="btn" onClick={() => setSide('code')}>
                {copyAccount.sheet.byCode}
              </button>
              <button type="button" className="btn quiet" onClick={() => setSide(signsIn ? 'sign-up' : 'sign-in')}>
                {signsIn ? copy.account.toSignUp : copy.account.toSignIn}
              </button>
              {signsIn && (
                <button type="button" className="btn quiet" onClick={() => setSide('recovery')}>
                  {copyAccount.sheet.forgot}
                </button>
              )}
            </>
          }
        >
          <EmailField value={email} onChange={setEmail} />
          <PasswordField name={copy.account.password} fresh={!signsIn} />
        </AuthForm>
      )}
      <Gets />
      {guest && (
        <Link className="link" to="/account" onClick={onClose}>
          {copyAccount.sheet.guestData}
        </Link>
      )}
    </Sheet>
  )
}
