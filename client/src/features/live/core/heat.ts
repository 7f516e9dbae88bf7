type Rgb = readonly [number, number, number]

/** Black-body ramp of the tokens, 0 to 1. */
const ramp: readonly Rgb[] = [
  [0x5a, 0x20, 0x16],
  [0x8e, 0x2b, 0x14],
  [0xc2, 0x41, 0x0c],
  [0xff, 0x6b, 0x1f],
  [0xff, 0xa4, 0x5c],
  [0xff, 0xd0, 0x8a],
  [0xff, 0xe9, 0xc7],
]

/** Colour of work at `share` (0..1) as `#rrggbb`. */
export function heatColour(share: number): string {
  const at = Math.min(Math.max(share, 0), 1) * (ramp.length - 1)
  const low = ramp[Math.floor(at)] ?? [0, 0, 0]
  const high = ramp[Math.ceil(at)] ?? low
  const mix = at - Math.floor(at)
  const channel = (index: 0 | 1 | 2) => Math.round(low[index] + (high[index] - low[index]) * mix)
  return `#${[channel(0), channel(1), channel(2)].map((value) => value.toString(16).padStart(2, '0')).join('')}`
}

/** One cell of the strip: the heat it was struck at, and whether it is too dark to stand on the page alone (< 3:1). */
export type HeatCell = { state: 'on' | 'now' | 'off'; colour: string; low: boolean }

/** One cell a step; `step` are done, the next one is being struck while `working`. */
export function heatCells(step: number, steps: number, working: boolean): HeatCell[] {
  return Array.from({ length: steps }, (_, index) => {
    const share = (index + 0.5) / steps
    const state = index < step ? 'on' : index === step && working ? 'now' : 'off'
    return { state, colour: heatColour(share), low: share < 0.3 }
  })
}
