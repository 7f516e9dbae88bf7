import { X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { copy } from './copy.ts'
import { undoFor, undoStore } from './undo.ts'
import type { Undo } from './undo.ts'

/** The offer to take something back, for ten seconds; it stays while a pointer rests on it. */
export function UndoToast({ offer }: { offer: Undo }) {
  const button = useRef<HTMLButtonElement>(null)
  const [held, setHeld] = useState(false)
  useEffect(() => {
    // What was pressed is gone with the image: without this the keyboard would start over at the top of the page.
    if (document.activeElement === null || document.activeElement === document.body) button.current?.focus()
  }, [])
  useEffect(() => {
    if (held) return
    const timer = setTimeout(() => undoStore.set(null), undoFor)
    return () => clearTimeout(timer)
  }, [held])
  return (
    <div className="toast undo" onPointerEnter={() => setHeld(true)} onPointerLeave={() => setHeld(false)}>
      <output>{offer.text}</output>
      <button
        ref={button}
        type="button"
        className="btn small"
        onClick={() => {
          undoStore.set(null)
          offer.undo()
        }}
      >
        {copy.undo.undo}
      </button>
      <button type="button" className="icon" aria-label={copy.undo.dismiss} onClick={() => undoStore.set(null)}>
        <X className="i" aria-hidden />
      </button>
    </div>
  )
}
