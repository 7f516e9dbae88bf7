/** Ids that are chosen, and where a range starts. */
export type Selection = { ids: ReadonlySet<string>; anchor: string | null }

export const nothingSelected: Selection = { ids: new Set(), anchor: null }

/** Chooses one, or no longer. */
export function toggle(selection: Selection, id: string): Selection {
  const ids = new Set(selection.ids)
  if (!ids.delete(id)) ids.add(id)
  return { ids, anchor: id }
}

/** Chooses everything between the start of the range and `to`, besides what is chosen. `all` is the order of the wall. */
export function extendTo(selection: Selection, all: readonly string[], to: string): Selection {
  const first = all.indexOf(selection.anchor ?? to)
  const last = all.indexOf(to)
  if (first < 0 || last < 0) return toggle(selection, to)
  const between = all.slice(Math.min(first, last), Math.max(first, last) + 1)
  return { ids: new Set([...selection.ids, ...between]), anchor: selection.anchor ?? to }
}

/** Without what is gone. The same object when nothing was. */
export function without(selection: Selection, gone: ReadonlySet<string>): Selection {
  const left = [...selection.ids].filter((id) => !gone.has(id))
  if (left.length === selection.ids.size) return selection
  return { ids: new Set(left), anchor: gone.has(selection.anchor ?? '') ? null : selection.anchor }
}
