import { jobLimits } from '#shared/jobs/rules.ts'
import { promptLength } from '#shared/jobs/prompt.ts'
import { copy } from '#client/app/copy.ts'
import { useStore } from '#client/lib/use-store.ts'
import { draftStore, patchDraft } from './draft-store.ts'

/** The prompt; blank is allowed. Too long is said here, before the server has to. */
export function PromptField() {
  const { prompt } = useStore(draftStore)
  const over = promptLength(prompt) - jobLimits.promptCodePoints
  return (
    <section data-tab="prompt">
      <div className="head-row">
        <label className="label" htmlFor="prompt">
          {copy.bench.prompt}
        </label>
      </div>
      <textarea
        className="field"
        id="prompt"
        rows={3}
        value={prompt}
        placeholder={copy.bench.promptHint}
        aria-invalid={over > 0}
        aria-describedby={over > 0 ? 'prompt-over' : undefined}
        onChange={(event) => patchDraft({ prompt: event.target.value })}
      />
      {over > 0 && (
        <p id="prompt-over" className="bad mt-2">
          {copy.bench.promptLong(over)}
        </p>
      )}
    </section>
  )
}
