/** `50%|█████     | 14/28 [00:01<00:01, 10.1it/s]`: a bar that knows its end. */
const bar = /\d+%\|[^|\r\n]*\|\s*(\d+)\/(\d+)/g
/** `14it [00:01, 10.1it/s]`: one that does not. */
const counter = /(?:^|[\r\n])\s*(\d+)it \[/g

export type LoggedSteps = { step: number; steps: number }

function last(pattern: RegExp, text: string): RegExpExecArray | undefined {
  return [...text.matchAll(pattern)].at(-1)
}

/**
 * The newest step in a prediction's log, which holds two forms of tqdm's bar; null when it holds none. `total` is what a
 * counter without an end counts to.
 */
export function readSteps(logs: string, total: number): LoggedSteps | null {
  const known = last(bar, logs)
  if (known) {
    const steps = Math.max(1, Number(known[2]))
    return { step: Math.min(steps, Number(known[1])), steps }
  }
  const counted = last(counter, logs)
  return counted ? { step: Math.min(total, Number(counted[1])), steps: total } : null
}

/** Steps that are sampled: an image to start from leaves only its strength's share of them. */
export function sampledSteps(total: number, strength: number | undefined): number {
  return strength === undefined ? total : Math.max(1, total - Math.floor((1 - strength) * total))
}
