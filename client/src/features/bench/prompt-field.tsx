import { History, Star } from 'lucide-react'
import { lazy, useRef, useState } from 'react'
import type { KeyboardEvent, ReactNode } from 'react'
import { jobLimits } from '#shared/jobs/rules.ts'
import { promptLength } from '#shared/jobs/prompt.ts'
import { copy } from '#client/app/copy.ts'
import { createStore } from '#client/lib/store.ts'
import { useStore } from '#client/lib/use-store.ts'
import { Pop } from './pop.tsx'
import type { KeptPrompt, Recall } from './core/shelf.ts'

const PromptShelf = lazy(async () => ({ default: (await import('./prompt-shelf.tsx')).PromptShelf }))

/** A pasted text so long that counting its characters would stop the page; bytes. */
const pasteLimit = 200_000

type WordsProps = {
  id: string
  label: string
  rows: number
  value: string
  placeholder: string
  onChange: (value: string) => void
  onKeyDown?: (event: KeyboardEvent<HTMLTextAreaElement>) => void
  tools?: ReactNode
}

/** One field of words. Too long is said here, before the server has to. */
function Words({ id, label, rows, value, placeholder, onChange, onKeyDown, tools }: WordsProps) {
  const [refused, setRefused] = useState<number | null>(null)
  const over = promptLength(value) - jobLimits.promptCodePoints
  const problem = refused === null ? (over > 0 ? copy.bench.promptLong(over) : null) : copy.bench.textTooLong(refused)
  return (
    <>
      <div className="head-row">
        <label className="label" htmlFor={id}>
          {label}
        </label>
        {tools}
      </div>
      <textarea
        className="field"
        id={id}
        rows={rows}
        value={value}
        placeholder={placeholder}
        aria-invalid={over > 0}
        aria-describedby={problem ? `${id}-over` : undefined}
        onChange={(event) => {
          setRefused(null)
          onChange(event.target.value)
        }}
        onKeyDown={onKeyDown}
        onPaste={(event) => {
          const { length } = event.clipboardData.getData('text')
          if (length <= pasteLimit) return
          event.preventDefault()
          setRefused(length)
        }}
      />
      <p id={`${id}-over`} role="alert" className={problem ? 'bad mt-2' : 'sr'}>
        {problem}
      </p>
    </>
  )
}

/** The shelf once it was needed: with the first arrow, star or press. */
const promptsStore = createStore<readonly KeptPrompt[]>([])

async function loadShelf() {
  const [shelf, rules] = await Promise.all([import('./shelf-store.ts'), import('./core/shelf.ts')])
  await shelf.openShelf()
  const told = () => promptsStore.set(shelf.shelfStore.get().prompts)
  told()
  shelf.shelfStore.subscribe(told)
  return { ...shelf, ...rules }
}
let loading: ReturnType<typeof loadShelf> | null = null
function withShelf(): ReturnType<typeof loadShelf> {
  loading ??= loadShelf()
  return loading
}

/** ↑ and ↓ with Alt, or in an empty field or one that shows a recalled prompt, walk through what was pressed with. */
function useRecall(prompt: string, onPrompt: (value: string) => void) {
  const from = useRef<Recall | null>(null)
  return (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const by = event.key === 'ArrowUp' ? 1 : event.key === 'ArrowDown' ? -1 : 0
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey
    if (by === 0 || !plain) return
    const walking =
      from.current !== null && from.current.at >= 0 && promptsStore.get()[from.current.at]?.text === prompt
    if (!event.altKey && prompt !== '' && !walking) return
    event.preventDefault()
    void withShelf()
      .then(({ shelfStore, recall }) => {
        const next = recall(shelfStore.get().prompts, from.current, by, prompt)
        if (!next) return
        from.current = next
        onPrompt(next.text)
      })
      .catch(() => undefined)
  }
}

type PromptFieldProps = {
  prompt: string
  placeholder: string
  /** Null when the mode reads no negative prompt. */
  negative: string | null
  onPrompt: (value: string) => void
  onNegative: (value: string) => void
}

type ToolsProps = Pick<PromptFieldProps, 'prompt' | 'onPrompt'> & {
  /** Opens the field of what to leave out; null when it is open, or when there is none. */
  onLeaveOut: (() => void) | null
}

function PromptTools({ prompt, onPrompt, onLeaveOut }: ToolsProps) {
  const prompts = useStore(promptsStore)
  const starred = prompts.some((one) => one.starred && one.text === prompt.trim())
  const star = async () => {
    const { changeShelf, toggleStar } = await withShelf()
    await changeShelf((shelf) => toggleStar(shelf, prompt, Date.now()))
  }
  return (
    <span className="row gap-0 head-tools">
      {onLeaveOut && (
        <button type="button" className="btn quiet small" onClick={onLeaveOut}>
          {copy.bench.negative}
        </button>
      )}
      <button
        type="button"
        className="icon"
        disabled={prompt.trim() === ''}
        aria-pressed={starred}
        aria-label={copy.bench.star}
        title={copy.bench.star}
        onClick={() => void star().catch(() => undefined)}
      >
        <Star className={starred ? 'i solid' : 'i'} aria-hidden />
      </button>
      <Pop label={copy.bench.history} icon={<History className="i" aria-hidden />}>
        {(close) => (
          <PromptShelf
            onUse={(text) => {
              onPrompt(text)
              close()
            }}
          />
        )}
      </Pop>
    </span>
  )
}

/** The prompt; blank is allowed. What to leave out is folded away until it is wanted. */
export function PromptField({ prompt, placeholder, negative, onPrompt, onNegative }: PromptFieldProps) {
  const [open, setOpen] = useState(false)
  const onKeyDown = useRecall(prompt, onPrompt)
  const shown = negative !== null && (open || negative !== '')
  return (
    <section data-tab="prompt">
      <Words
        id="prompt"
        label={copy.bench.prompt}
        rows={2}
        value={prompt}
        placeholder={placeholder}
        onChange={onPrompt}
        onKeyDown={onKeyDown}
        tools={
          <PromptTools
            prompt={prompt}
            onPrompt={onPrompt}
            onLeaveOut={negative === null || shown ? null : () => setOpen(true)}
          />
        }
      />
      {shown && (
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
      )}
    </section>
  )
}
