import { Plus } from 'lucide-react'
import { useState } from 'react'
import { jobLimits } from '#shared/jobs/rules.ts'
import { promptLength } from '#shared/jobs/prompt.ts'
import { copy } from '#client/app/copy.ts'

type WordsProps = {
  id: string
  label: string
  rows: number
  value: string
  placeholder: string
  onChange: (value: string) => void
}

/** One field of words. Too long is said here, before the server has to. */
function Words({ id, label, rows, value, placeholder, onChange }: WordsProps) {
  const over = promptLength(value) - jobLimits.promptCodePoints
  return (
    <>
      <div className="head-row">
        <label className="label" htmlFor={id}>
          {label}
        </label>
      </div>
      <textarea
        className="field"
        id={id}
        rows={rows}
        value={value}
        placeholder={placeholder}
        aria-invalid={over > 0}
        aria-describedby={over > 0 ? `${id}-over` : undefined}
        onChange={(event) => onChange(event.target.value)}
      />
      {over > 0 && (
        <p id={`${id}-over`} className="bad mt-2">
          {copy.bench.promptLong(over)}
        </p>
      )}
    </>
  )
}

type PromptFieldProps = {
  prompt: string
  placeholder: string
  /** Null when the mode reads no negative prompt. */
  negative: string | null
  onPrompt: (value: string) => void
  onNegative: (value: string) => void
}

/** The prompt; blank is allowed. What to leave out is folded away until it is wanted. */
export function PromptField({ prompt, placeholder, negative, onPrompt, onNegative }: PromptFieldProps) {
  const [open, setOpen] = useState(false)
  return (
    <section data-tab="prompt">
      <Words
        id="prompt"
        label={copy.bench.prompt}
        rows={2}
        value={prompt}
        placeholder={placeholder}
        onChange={onPrompt}
      />
      {negative !== null &&
        (open || negative !== '' ? (
          <div className="mt-3">
            <Words
              id="negative"
              label={copy.bench.negative}
              rows={1}
              value={negative}
              placeholder={copy.bench.negativeHint}
              onChange={onNegative}
            />
          </div>
        ) : (
          <button type="button" className="btn quiet small add" onClick={() => setOpen(true)}>
            <Plus className="i" aria-hidden />
            {copy.bench.addNegative}
          </button>
        ))}
    </section>
  )
}
