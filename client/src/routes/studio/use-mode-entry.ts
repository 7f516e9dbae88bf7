import { useEffect, useRef } from 'react'
import type { ModeView } from '#shared/modes/schema.ts'
import { carryOver } from '#client/features/bench/core/draft.ts'
import { draftStore, patchDraft, restoredStore } from '#client/features/bench/draft-store.ts'
import { useStore } from '#client/lib/use-store.ts'

/** A mode that is opened for the first time starts with what fits of the one before. */
export function useModeEntry(mode: ModeView): void {
  const restored = useStore(restoredStore)
  const before = useRef<string | null>(null)
  useEffect(() => {
    if (!restored) return
    const from = before.current
    before.current = mode.key
    if (from === null || from === mode.key) return
    const draft = draftStore.get()
    const next = carryOver(draft, from, mode)
    if (next !== draft) patchDraft({ modes: next.modes })
  }, [restored, mode])
}
