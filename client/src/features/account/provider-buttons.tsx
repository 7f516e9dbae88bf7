import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { copyAccount } from '#client/app/copy-account.ts'
import { problemWords } from './problem-words.ts'
import type { AuthProblem } from './problems.ts'
import { continueWith, loadProviders } from './providers.ts'
import type { Provider } from './providers.ts'

/** One button for each provider that this deployment has; nothing at all when there is none. */
export function ProviderButtons() {
  const [problem, setProblem] = useState<AuthProblem | null>(null)
  const offered = useQuery({ queryKey: ['auth-providers'], queryFn: loadProviders, staleTime: 600_000 })
  if (!offered.data?.length) return null
  const go = async (provider: Provider) => {
    const outcome = await continueWith(provider).catch(() => ({ kind: 'problem', problem: 'unreachable' }) as const)
    setProblem(outcome?.kind === 'problem' ? outcome.problem : null)
  }
  return (
    <div className="ways">
      {offered.data.map((provider) => (
        <button key={provider} type="button" className="btn" onClick={() => void go(provider)}>
          {copyAccount.sheet.continueWith[provider]}
        </button>
      ))}
      {problem && (
        <p role="alert" className="bad">
          {problemWords[problem]}
        </p>
      )}
      <p className="hint">{copyAccount.sheet.or}</p>
    </div>
  )
}
