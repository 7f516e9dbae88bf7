import type { ModeView } from '#shared/modes/schema.ts'

/** The mode that is offered first; the others follow as the server lists them. */
const first = 'remix'

/**
 * The mode to work in: the wanted one (of the address) when it is available, else the first available in a fixed
 * order, else the first there is. Null for an empty list.
 */
export function chooseMode(modes: readonly ModeView[], wanted: string | null): ModeView | null {
  const ordered = modes.toSorted((a, b) => Number(b.key === first) - Number(a.key === first))
  const available = ordered.filter((mode) => mode.available)
  return available.find((mode) => mode.key === wanted) ?? available[0] ?? ordered[0] ?? null
}
