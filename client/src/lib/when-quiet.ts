/** Long enough that a page that never rests does it all the same. Milliseconds. */
const atLast = 2_000

/**
 * Loads what will be wanted when the page has nothing to do, so that no press has to wait for it. That it could not be
 * loaded is told to whoever wants it.
 */
export function loadWhenQuiet(load: () => Promise<unknown>): void {
  const go = () => void load().catch(() => undefined)
  if (typeof requestIdleCallback === 'undefined') setTimeout(go, 200)
  else requestIdleCallback(go, { timeout: atLast })
}
