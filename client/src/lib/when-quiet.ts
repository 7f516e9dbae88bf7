/** Long enough that a page that never rests does it all the same. Milliseconds. */
const atLast = 2_000

/** Does `work` when the page has nothing to do, so that no press has to wait for it. */
export function whenQuiet(work: () => void): void {
  if (typeof requestIdleCallback === 'undefined') setTimeout(work, 200)
  else requestIdleCallback(work, { timeout: atLast })
}
