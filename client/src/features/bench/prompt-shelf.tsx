import { Star, Trash2 } from 'lucide-react'
import { useEffect } from 'react'
import { shelfCopy } from '#client/app/shelf-copy.ts'
import { useStore } from '#client/lib/use-store.ts'
import '#client/styles/shelf.css'
import { toggleStar, withoutPrompt, withoutPrompts } from './core/shelf.ts'
import type { KeptPrompt } from './core/shelf.ts'
import { changeShelf, openShelf, shelfStore } from './shelf-store.ts'

const words = shelfCopy.prompts

function Kept({ prompt, onUse }: { prompt: KeptPrompt; onUse: (text: string) => void }) {
  const { text, starred, at } = prompt
  return (
    <li>
      <button type="button" className="use" aria-label={words.use(text, words.when(at))} onClick={() => onUse(text)}>
        <span>{text}</span> <span className="num hint">{words.when(at)}</span>
      </button>
      <button
        type="button"
        className="icon"
        aria-pressed={starred}
        aria-label={words.star(text)}
        onClick={() => void changeShelf((shelf) => toggleStar(shelf, text, Date.now()))}
      >
        <Star className={starred ? 'i solid' : 'i'} aria-hidden />
      </button>
      <button
        type="button"
        className="icon"
        aria-label={words.forget(text)}
        onClick={() => void changeShelf((shelf) => withoutPrompt(shelf, text))}
      >
        <Trash2 className="i" aria-hidden />
      </button>
    </li>
  )
}

/** Prompts that were pressed with, starred ones first; one press brings one back. */
export function PromptShelf({ onUse }: { onUse: (text: string) => void }) {
  const { prompts } = useStore(shelfStore)
  useEffect(() => void openShelf(), [])
  const plain = prompts.some((one) => !one.starred)
  return (
    <>
      <h2>{words.title}</h2>
      {prompts.length === 0 ? (
        <p>{words.empty}</p>
      ) : (
        <ul className="shelf">
          {[...prompts.filter((one) => one.starred), ...prompts.filter((one) => !one.starred)].map((prompt) => (
            <Kept key={prompt.text} prompt={prompt} onUse={onUse} />
          ))}
        </ul>
      )}
      <p className="hint">
        {words.keys} {words.kept}
      </p>
      {prompts.length > 0 && (
        <button
          type="button"
          className="btn quiet small"
          onClick={() => void changeShelf((shelf) => withoutPrompts(shelf, !plain))}
        >
          {plain ? words.clear : words.clearAll}
        </button>
      )}
    </>
  )
}
