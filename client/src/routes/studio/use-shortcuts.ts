import { useEffect } from 'react'

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && /^(input|textarea|select)$/i.test(target.tagName)
}

/** Ctrl/⌘+Enter anywhere, `?` while not typing; both off while a dialog is open. */
export function useShortcuts(onGenerate: () => void, onKeys: () => void): void {
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      if (document.querySelector('dialog[open]')) return
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault()
        onGenerate()
      } else if (event.key === '?' && !isTyping(event.target)) {
        onKeys()
      }
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [onGenerate, onKeys])
}
