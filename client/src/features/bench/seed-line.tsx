import { Copy, Dices, Lock, LockOpen } from 'lucide-react'
import { useState } from 'react'
import { copy } from '#client/app/copy.ts'
import { useStore } from '#client/lib/use-store.ts'
import { drawSeed, parseSeed } from './core/draft.ts'
import { draftStore, patchDraft } from './draft-store.ts'

/** The seed of the next press. Unlocked, each press draws another for the one after. */
export function SeedLine({ onCopied }: { onCopied: () => void }) {
  const { seed, seedLocked } = useStore(draftStore)
  const [typed, setTyped] = useState<string | null>(null)
  return (
    <div className="seedline">
      <label htmlFor="seed">{copy.bench.seed}</label>
      <input
        id="seed"
        inputMode="numeric"
        autoComplete="off"
        value={typed ?? seed}
        onChange={(event) => {
          setTyped(event.target.value)
          const parsed = parseSeed(event.target.value)
          // A seed typed by hand is meant: it stays until unlocked.
          if (parsed !== null) patchDraft({ seed: parsed, seedLocked: true })
        }}
        onBlur={() => setTyped(null)}
      />
      <button
        type="button"
        className="icon"
        aria-pressed={seedLocked}
        aria-label={copy.bench.lock}
        title={copy.bench.lock}
        onClick={() => patchDraft({ seedLocked: !seedLocked })}
      >
        {seedLocked ? <Lock className="i" aria-hidden /> : <LockOpen className="i" aria-hidden />}
      </button>
      <button
        type="button"
        className="icon"
        aria-label={copy.bench.roll}
        title={copy.bench.roll}
        onClick={() => patchDraft({ seed: drawSeed(Math.random) })}
      >
        <Dices className="i" aria-hidden />
      </button>
      <button
        type="button"
        className="icon"
        aria-label={copy.bench.copySeed}
        title={copy.bench.copySeed}
        onClick={() => void navigator.clipboard.writeText(seed).then(onCopied, () => undefined)}
      >
        <Copy className="i" aria-hidden />
      </button>
    </div>
  )
}
