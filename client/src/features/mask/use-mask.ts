import { useCallback, useRef, useSyncExternalStore } from 'react'
import type { MaskDoc, MaskFacts } from './core/doc.ts'

type Shown = Omit<MaskFacts, 'revision'>

function alike(a: Shown, b: Shown): boolean {
  return (
    a.coverage === b.coverage &&
    a.canUndo === b.canUndo &&
    a.canRedo === b.canRedo &&
    a.grow === b.grow &&
    a.feather === b.feather
  )
}

/** Facts of a mask. A stroke under way changes none of them, so nothing renders while the hand moves. */
export function useMaskFacts(doc: MaskDoc): Shown {
  const last = useRef<Shown | null>(null)
  const subscribe = useCallback((told: () => void) => doc.listen(told), [doc])
  return useSyncExternalStore(subscribe, () => {
    const facts = doc.facts()
    if (!last.current || !alike(last.current, facts)) last.current = facts
    return last.current
  })
}
