import { createStore } from './store.ts'

/** Steps that can be taken back in all; more than anybody counts. */
export const historyLimit = 300
/** Changes of the same thing within this time are one step back. Milliseconds. */
const sameMove = 800

export type Step = {
  /** What it belongs to: only steps of what is open now are taken back, and those of `everywhere`. */
  scope: string
  /** Changes that name the same thing in quick order are one step; null for a step of its own. */
  merge: string | null
  undo: () => void
  redo: () => void
}

/** The scope of what is shared by all. */
export const everywhere = '*'

type Kept = Step & { at: number }

function within(scope: string): (step: Step) => boolean {
  return (step) => step.scope === scope || step.scope === everywhere
}

/** Past and future of everything that can be taken back: what lies on a bench, and what is painted on it. */
export type History = {
  push: (step: Step, now: number) => void
  undo: (scope: string) => boolean
  redo: (scope: string) => boolean
  /** Ends a move: what comes next is a step of its own, however soon. */
  seal: () => void
  /** Hears before a step is travelled, so that what is under way becomes one. */
  beforeTravel: (listener: () => void) => () => void
  facts: (scope: string) => { canUndo: boolean; canRedo: boolean }
  /** Another number whenever something was pushed or travelled. */
  revision: ReturnType<typeof createStore<number>>
}

export function createHistory(limit = historyLimit): History {
  let past: Kept[] = []
  let future: Kept[] = []
  let travelling = false
  const listeners = new Set<() => void>()
  const revision = createStore(0)
  const changed = () => revision.set(revision.get() + 1)

  function travel(scope: string, back: boolean): boolean {
    for (const listener of listeners) listener()
    const from = back ? past : future
    const at = from.findLastIndex(within(scope))
    const step = from[at]
    if (!step) return false
    const rest = from.toSpliced(at, 1)
    past = back ? rest : [...past, step]
    future = back ? [...future, step] : rest
    travelling = true
    try {
      if (back) step.undo()
      else step.redo()
    } finally {
      travelling = false
    }
    changed()
    return true
  }

  return {
    push(step, now) {
      if (travelling) return
      const last = past.at(-1)
      const same = last && step.merge !== null && last.merge === step.merge && last.scope === step.scope
      const ends = step.scope === everywhere ? () => true : within(step.scope)
      const ahead = future.some(ends)
      if (same && !ahead && now - last.at < sameMove) {
        past = [...past.slice(0, -1), { ...last, redo: step.redo, at: now }]
      } else past = [...past, { ...step, at: now }].slice(-limit)
      future = future.filter((one) => !ends(one))
      changed()
    },
    seal() {
      const last = past.at(-1)
      if (last) past = [...past.slice(0, -1), { ...last, merge: null }]
    },
    undo: (scope) => travel(scope, true),
    redo: (scope) => travel(scope, false),
    beforeTravel(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    facts: (scope) => ({
      canUndo: past.some(within(scope)),
      canRedo: future.some(within(scope)),
    }),
    revision,
  }
}

/** The one history of this page. */
export const history = createHistory()

/** The scope that is open on this page. */
export const scopeStore = createStore('')

export function undo(): boolean {
  return history.undo(scopeStore.get())
}

export function redo(): boolean {
  return history.redo(scopeStore.get())
}
