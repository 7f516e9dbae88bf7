import { history, scopeStore } from './history.ts'
import { useStore } from './use-store.ts'

/** Whether there is something to take back, or to make again, in what is open. */
export function useHistory(): { canUndo: boolean; canRedo: boolean } {
  useStore(history.revision)
  return history.facts(useStore(scopeStore))
}
