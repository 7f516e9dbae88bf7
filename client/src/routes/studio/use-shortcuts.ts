import { useEffect } from 'react'
import { history, redo, undo } from '#client/lib/history.ts'
import { singleKeysStore } from '#client/lib/single-keys.ts'

/** Fields in which keys are letters; faders, ticks and radio buttons are none. */
const words = 'textarea, select, [contenteditable], input:not([type="range"], [type="radio"], [type="checkbox"])'

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches(words)
}

/** Ctrl/⌘+Z, with Shift the other way, and Ctrl/⌘+Y; in a field they are the field's own. */
function travels(event: KeyboardEvent): (() => boolean) | null {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || isTyping(event.target)) return null
  const key = event.key.toLowerCase()
  if (key === 'z') return event.shiftKey ? redo : undo
  return key === 'y' && !event.shiftKey ? redo : null
}

type Shortcuts = {
  onGenerate: () => void
  onKeys: () => void
  /** Alt and a digit: the mode at that place, from 0. */
  onMode: (place: number) => void
}

/** Ctrl/⌘+Enter and Alt+digit anywhere, undo and `?` while not typing; all off while a dialog is open. */
export function useShortcuts({ onGenerate, onKeys, onMode }: Shortcuts): void {
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      if (document.querySelector('dialog[open]')) return
      const travel = travels(event)
      const digit = /^Digit([1-9])$/.exec(event.code)?.[1]
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault()
        // Held down it would press once a moment, each time for another image.
        if (!event.repeat) onGenerate()
      } else if (travel) {
        event.preventDefault()
        travel()
      } else if (digit && event.altKey && !event.ctrlKey && !event.metaKey) {
        event.preventDefault()
        onMode(Number(digit) - 1)
      } else if (event.key === '?' && singleKeysStore.get() && !isTyping(event.target)) {
        onKeys()
      }
    }
    window.addEventListener('keydown', onKeyDown)
    window.addEventListener('pointerdown', history.seal, true)
    return () => {
      window.removeEventListener('keydown', onKeyDown)
      window.removeEventListener('pointerdown', history.seal, true)
    }
  }, [onGenerate, onKeys, onMode])
}
