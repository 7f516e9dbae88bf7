import { useEffect } from 'react'
import { singleKeysStore } from '#client/lib/single-keys.ts'
import { flippedStore } from '../result/view.ts'

/** Whether keys pressed there are text. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    /^(input|textarea|select)$/i.test(target.tagName) &&
    target.getAttribute('type') !== 'range'
  )
}

/** While C is held down, what was before is held up; off while typing. */
export function useHeldKey(): void {
  useEffect(() => {
    const listening = new AbortController()
    const { signal } = listening
    window.addEventListener(
      'keydown',
      (event) => {
        const plain = !event.ctrlKey && !event.metaKey && !event.altKey
        if (plain && singleKeysStore.get() && event.code === 'KeyC' && !isTyping(event.target)) flippedStore.set(true)
      },
      { signal },
    )
    window.addEventListener('keyup', (event) => event.code === 'KeyC' && flippedStore.set(false), { signal })
    window.addEventListener('blur', () => flippedStore.set(false), { signal })
    return () => {
      listening.abort()
      flippedStore.set(false)
    }
  }, [])
}
