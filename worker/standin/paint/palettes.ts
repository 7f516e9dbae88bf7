export type Rgb = readonly [number, number, number]

/** Colour ramps from dark to light, with the words that ask for them. */
const ramps: Readonly<Record<string, { stops: string; words: string }>> = {
  dusk: {
    stops: '0d0b1f 2a1a4a 6b2d5c c8553d f28f3b ffd5a1 fff3df',
    words: 'dusk sunset evening twilight dawn sunrise orange',
  },
  neon: {
    stops: '05010f 1b0a3c 5b0fb5 e01e9b ff5fd2 57f0ff f4ffff',
    words: 'neon cyber cyberpunk synth synthwave tokyo electric vapor rave',
  },
  ink: {
    stops: '0b0c0e 23272c 4f555b 8f938f cfcabd f3ecdc',
    words: 'ink sumi charcoal monochrome mono black noir graphite grey gray',
  },
  ember: {
    stops: '0c0504 3a0d09 8c1c13 d84a1b f79d35 ffe39b fffbe8',
    words: 'ember fire flame lava hot forge furnace burning inferno',
  },
  sea: {
    stops: '04121d 0b3142 0f6c7a 28a99e 8ed9bd e4f4dc fffdf2',
    words: 'sea ocean water underwater teal wave aqua lagoon river',
  },
  forest: {
    stops: '0a1410 1c3326 33573a 6f8f3f b9b356 ecdfa3 fbf6e3',
    words: 'forest moss green jungle leaf garden wood fern',
  },
  rust: {
    stops: '120c0a 3b2018 7a3b22 b8672f d9a05b bcc4b4 eef0e4',
    words: 'rust iron decay autumn earth clay desert corrupted ruin',
  },
  ice: {
    stops: '060b18 16264a 32568f 6d9acb b4d3e8 e9f4f8 ffffff',
    words: 'ice snow winter frost blue cold arctic moon night',
  },
  gold: {
    stops: '0e0a05 3a2a10 7a5a1c c49a2e eccb67 fbeec0 fffdf3',
    words: 'gold golden gilded baroque honey amber klimt icon',
  },
  candy: {
    stops: '1d0b2a 5a1f6b c43b8b ff7a8a ffc07a fff0b3 ffffff',
    words: 'candy pink spring bubblegum sweet magenta flower floral',
  },
  acid: {
    stops: '07100a 123524 1f7a3f 7ecb2c e4f02a fdfbb0 ffffff',
    words: 'acid toxic slime lime radioactive yellow poison',
  },
  infrared: {
    stops: '100316 3c0a3e 8d124e e3354d ff8d7a ffd3d6 f7fbff',
    words: 'infrared blood red crimson dream surreal heart violet purple',
  },
}

export const paletteNames: readonly string[] = Object.keys(ramps)

export function paletteWords(name: string): readonly string[] {
  return ramps[name]?.words.split(' ') ?? []
}

export function paletteStops(name: string): Rgb[] {
  return (ramps[name] ?? { stops: '000000 ffffff' }).stops.split(' ').map(hexColour)
}

function hexColour(hex: string): Rgb {
  const value = Number.parseInt(hex, 16)
  return [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255]
}

const tableSize = 256

/** A ramp as tables of 256 entries, so a pixel costs one look-up. */
export type Ramp = { r: Float32Array; g: Float32Array; b: Float32Array }

export function ramp(stops: readonly Rgb[]): Ramp {
  const table = { r: new Float32Array(tableSize), g: new Float32Array(tableSize), b: new Float32Array(tableSize) }
  for (let i = 0; i < tableSize; i += 1) {
    const [r, g, b] = rampAt(stops, i / (tableSize - 1))
    table.r[i] = r
    table.g[i] = g
    table.b[i] = b
  }
  return table
}

/** The ramp's colour at t (0 … 1). */
export function rampAt(stops: readonly Rgb[], t: number): Rgb {
  const at = Math.max(0, Math.min(0.9999, t)) * (stops.length - 1)
  const low = stops[Math.floor(at)] ?? [0, 0, 0]
  const high = stops[Math.floor(at) + 1] ?? low
  const f = at - Math.floor(at)
  return [low[0] + (high[0] - low[0]) * f, low[1] + (high[1] - low[1]) * f, low[2] + (high[2] - low[2]) * f]
}
