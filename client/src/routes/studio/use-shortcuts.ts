import { useEffect } from 'react'
import { singleKeysStore } from '#client/lib/single-keys.ts'

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && /^(input|textarea|select)$/i.test(target.tagName)
}

type Shortcuts = {
  onGenerate: () => void
  onKeys: () => void
  /** Alt and a digit: the mode at that place, from 0. */
  onMode: (place: number) => void
}

/** Ctrl/⌘+Enter and Alt+digit anywhere, `?` while not typing; all off while a dialog is open. */
export function useShortcuts({ onGenerate, onKeys, onMode }: Shortcuts): void {
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      if (document.querySelector('dialog[open]')) return
      const digit = /^Digit([1-9])$/.exec(event.code)?.[1]
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault()
        onGenerate()
      } else if (digit && event.altKey && !event.ctrlKey && !event.metaKey) {
        event.preventDefault()
        onMode(Number(digit) - 1)
      } else if (event.key === '?' && singleKeysStore.get() && !isTyping(event.target)) {
        onKeys()
      }
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [onGenerate, onKeys, onMode])
}
