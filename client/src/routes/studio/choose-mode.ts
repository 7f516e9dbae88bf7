import type { ModeView } from '#shared/modes/schema.ts'

/** The mode that is offered first. */
const first = 'remix'
/** As the tabs stand; a mode that is not named comes after, as the server lists it. */
const order = ['style', 'remix', 'inpaint', 'mashup', 'tonic']

function place(mode: ModeView): number {
  const at = order.indexOf(mode.key)
  return at === -1 ? order.length : at
}

export function orderModes(modes: readonly ModeView[]): ModeView[] {
  return modes.toSorted((a, b) => place(a) - place(b))
}

/**
 * The mode to work in: the wanted one (of the address) while there is one, even if it cannot run now, so that no bench
 * changes under anybody's hands; else the one offered first if it is available, else the first available, else any.
 * Null for an empty list.
 */
export function chooseMode(modes: readonly ModeView[], wanted: string | null): ModeView | null {
  const named = modes.find((mode) => mode.key === wanted)
  if (named) return named
  const available = orderModes(modes).filter((mode) => mode.available)
  return available.find((mode) => mode.key === first) ?? available[0] ?? orderModes(modes)[0] ?? null
}
