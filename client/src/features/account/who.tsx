import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { copyAccount } from '#client/app/copy-account.ts'
import { api } from '#client/lib/api.ts'
import { AuthForm, PasswordField } from './auth-form.tsx'
import { savePassword } from './codes.ts'

const words = copyAccount.page

const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' })

/** Who is signed in, as the sign-in service has it. `userId` keeps one person's answer from the next. */
export function Who({ userId, guest }: { userId: string; guest: boolean }) {
  const me = useQuery({ queryKey: ['account-me', userId], queryFn: () => api.account.me.query() })
  if (me.isError) return <p role="alert">{words.failed}</p>
  if (!me.data) return null
  const { email, createdAt, providers } = me.data
  return (
    <section>
      {guest && <p className="soft">{words.guest}</p>}
      <dl className="facts-list">
        {email !== null && (
          <>
            <dt>{words.email}</dt>
            <dd>{email}</dd>
          </>
        )}
        <dt>{words.since}</dt>
        <dd>{day.format(new Date(createdAt))}</dd>
        {providers.length > 0 && (
          <>
            <dt>{words.ways}</dt>
            <dd>{providers.map((name) => words.wayNames[name] ?? name).join(', ')}</dd>
          </>
        )}
      </dl>
    </section>
  )
}

/** A new password; where a link of a forgotten one leads, too. */
export function NewPassword() {
  const [saved, setSaved] = useState(0)
  return (
    <section>
      <h2 className="label">{words.password}</h2>
      <div className="fields" key={saved}>
        <AuthForm
          verb={copyAccount.sheet.savePassword}
          hot={false}
          send={async (read) => {
            const outcome = await savePassword(read('password'))
            if (outcome.kind === 'problem') return outcome.problem
            setSaved((count) => count + 1)
            return null
          }}
        >
          <PasswordField name={copyAccount.sheet.newPassword} fresh />
        </AuthForm>
      </div>
      <output className="hint">{saved > 0 && words.passwordSaved}</output>
    </section>
  )
}
