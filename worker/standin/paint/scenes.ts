import { smoothNoise } from './noise.ts'
import type { Size } from './noise.ts'
import { clamp01, smoothstep } from './picture.ts'
import type { Plane } from './picture.ts'
import { random } from './random.ts'

/** Light of a place (x, y), each 0 … 1 with y downwards and x in units of the height, 0 at the left. */
type Lit = (x: number, y: number, grain: number) => number

type Stage = { next: () => number; ratio: number; words: ReadonlySet<string> }

const scenes = { ridges, blooms, towers, figure } as const
type SceneName = keyof typeof scenes

const sceneWords: Readonly<Record<SceneName, string>> = {
  ridges:
    'mountain mountains landscape sea ocean storm desert hill hills valley horizon sunset dawn dusk island forest',
  blooms: 'flower flowers garden bloom blossom rose leaf leaves plant fruit butterfly spring petal petals orchid',
  towers:
    'city tower castle lighthouse street building cathedral skyline ruin ruins harbour house village rocket machine',
  figure: 'portrait face head woman man girl boy cat dog animal saint king queen figure person angel mask robot bird',
}

/**
 * The light of an imagined scene, 0 … 1, for pictures that start from nothing. Words of the prompt choose the kind,
 * else the key does; the key places everything.
 */
export function sceneLight(size: Size, prompt: string, key: string): Plane {
  const next = random(`${key}/scene`)
  const words = new Set(prompt.toLowerCase().split(/[^a-z]+/))
  const names = Object.keys(scenes) as SceneName[]
  const count = (name: SceneName) => sceneWords[name].split(' ').filter((word) => words.has(word)).length
  const most = Math.max(...names.map(count))
  const fitting = names.filter((name) => count(name) === most)
  const name = fitting[Math.floor(next() * fitting.length)] ?? 'ridges'
  const lit = scenes[name]({ next, ratio: size.width / size.height, words })
  const grain = smoothNoise(`${key}/scene-grain`, size, { cells: 7, octaves: 4 })
  const out = new Float32Array(size.width * size.height)
  for (let y = 0; y < size.height; y += 1) {
    for (let x = 0; x < size.width; x += 1) {
      const i = y * size.width + x
      out[i] = clamp01(lit(x / size.height, y / size.height, grain[i] as number))
    }
  }
  return out
}

/** A wandering line out of a few waves, about −1 … 1. */
function waves(next: () => number, count: number): (x: number) => number {
  const parts = Array.from({ length: count }, (_, i) => ({
    f: (1.3 + next()) * 1.9 ** i,
    at: next() * 7,
    a: 0.55 ** i,
  }))
  return (x) => parts.reduce((sum, { f, at, a }) => sum + a * Math.sin(x * f * 2.2 + at), 0) * 0.6
}

/** A disc in a sky, misty ridges one before the other, the nearest dark. */
function ridges({ next, ratio }: Stage): Lit {
  const sun = { x: ratio * (0.2 + 0.6 * next()), y: 0.16 + 0.22 * next(), r: 0.06 + 0.1 * next() }
  const layers = Array.from({ length: 6 }, (_, i) => {
    const line = waves(next, 5)
    const base = 0.4 + 0.115 * i
    const high = 0.13 - 0.012 * i
    return (x: number) => base - high * line(x * (1 + 0.25 * i))
  })
  return (x, y, grain) => {
    for (let i = layers.length - 1; i >= 0; i -= 1) {
      const top = layers[i]?.(x) ?? 1
      if (y < top) continue
      const far = 1 - i / (layers.length - 1)
      return 0.1 + 0.55 * far + 0.5 * Math.min(0.3, y - top) * far + (grain - 0.5) * (0.55 - 0.3 * far)
    }
    const away = Math.hypot(x - sun.x, y - sun.y)
    const disc = smoothstep(sun.r + 0.006, sun.r - 0.004, away)
    return 0.3 + 0.55 * y + 0.35 * Math.exp(-away * 5) + (grain - 0.5) * 0.4 + disc * 0.5
  }
}

/** Large flowers, the nearest last, before dark leaves. */
function blooms({ next, ratio }: Stage): Lit {
  const flowers = Array.from({ length: 9 }, (_, i) => ({
    x: ratio * (((i * 0.382 + next() * 0.25) % 1) * 0.9 + 0.05),
    y: 0.12 + 0.76 * next(),
    r: 0.1 + 0.022 * i + 0.06 * next(),
    petals: 5 + Math.floor(next() * 4),
    turn: next() * 7,
    light: 0.55 + 0.4 * next(),
  }))
  const sway = waves(next, 3)
  return (x, y, grain) => {
    for (let i = flowers.length - 1; i >= 0; i -= 1) {
      const flower = flowers[i]
      if (flower === undefined) break
      const dx = x - flower.x
      const dy = (y - flower.y) * 1.12
      const away = Math.hypot(dx, dy) / flower.r
      if (away > 1) continue
      const angle = Math.atan2(dy, dx) + flower.turn + away * 0.5
      const petal = Math.abs(Math.cos((angle * flower.petals) / 2))
      if (away > 0.55 + 0.45 * petal ** 0.7) continue
      if (away < 0.2) return 0.24 + away + (grain - 0.5) * 0.3
      return flower.light * (0.5 + 0.5 * petal ** 1.5) * (0.62 + 0.4 * away) + (grain - 0.5) * 0.18 + 0.06
    }
    const leaf = Math.abs(Math.sin((x * 2.1 + sway(y * 2)) * 5 + sway(x) * 3 * y))
    return 0.08 + 0.24 * leaf ** 2 + (grain - 0.5) * 0.35
  }
}

/** Towers in rows before a glowing sky, with lit windows, over water that mirrors them. */
function towers({ next, ratio }: Stage): Lit {
  const shore = 0.7 + 0.08 * next()
  const rows = [0.6, 0.42, 0.16].map((light, row) => ({
    light,
    blocks: Array.from({ length: 15 - 3 * row }, (_, i) => ({
      x: (ratio * (i + next() * 0.8)) / (14 - 3 * row) - 0.05,
      wide: 0.03 + 0.05 * next() * (1 + row * 0.5),
      top: shore - 0.12 - (0.46 - 0.05 * row) * next() ** 1.8,
      spire: next() < 0.35,
    })),
  }))
  const moon = { x: ratio * (0.25 + 0.5 * next()), y: 0.18 + 0.12 * next(), r: 0.07 + 0.05 * next() }
  const sky = (x: number, y: number, grain: number) => {
    const away = Math.hypot(x - moon.x, y - moon.y)
    return (
      0.3 + 0.55 * y + 0.3 * Math.exp(-away * 4) + (grain - 0.5) * 0.5 + 0.5 * smoothstep(moon.r, moon.r - 0.008, away)
    )
  }
  const above = (x: number, y: number, grain: number): number => {
    for (let row = rows.length - 1; row >= 0; row -= 1) {
      const { light, blocks } = rows[row] ?? { light: 0, blocks: [] }
      for (const block of blocks) {
        const off = Math.abs(x - block.x) / block.wide
        const roof = block.spire ? block.top + Math.min(0.09, off * 0.13) : block.top
        if (off > 1 || y < roof) continue
        const pane = Math.floor(x * 60) * 31 + Math.floor(y * 44) * 17
        const window = row > 0 && (pane * 2_654_435_761) % 97 > 74 && (x * 60) % 1 < 0.6 && (y * 44) % 1 < 0.62
        return window ? light + 0.4 : light + 0.1 * off + 0.35 * (y - block.top) * light + (grain - 0.5) * 0.2
      }
    }
    return sky(x, y, grain)
  }
  return (x, y, grain) => {
    if (y < shore) return above(x, y, grain)
    const deep = y - shore
    const ripple = Math.sin(y * 260 + grain * 9) * deep * 0.05
    return above(x + ripple, shore - deep * 0.9, grain) * (0.82 - deep) + 0.05
  }
}

/** Head and shoulders against a halo, lit from one side. */
function figure({ next, ratio, words }: Stage): Lit {
  const middle = ratio * (0.42 + 0.16 * next())
  const head = { x: middle, y: 0.38 + 0.05 * next(), rx: 0.145 + 0.03 * next(), ry: 0.19 + 0.03 * next() }
  const side = next() < 0.5 ? -1 : 1
  const halo = 0.3 + 0.08 * next()
  const rays = 14 + Math.floor(next() * 14)
  const ears = 'cat dog fox wolf animal'.split(' ').some((word) => words.has(word))
  return (x, y, grain) => {
    const dx = (x - head.x) / head.rx
    const dy = (y - head.y) / head.ry
    const jaw = dy > 0 ? 1 + 0.35 * dy * dy : 1
    const skull = Math.hypot(dx * jaw, dy)
    const ear = ears && dy > -1.55 && dy < -0.5 && Math.abs(Math.abs(dx) - 0.66) < (dy + 1.55) * 0.4
    if (skull < 1 || ear) {
      const bulge = Math.sqrt(Math.max(0, 1 - skull * skull))
      const eye = Math.hypot((Math.abs(dx) - 0.4) * 3.4, (dy + 0.08) * 7)
      const nose = Math.abs(dx + side * 0.05) < 0.09 && dy > -0.05 && dy < 0.36 ? side * dx * 1.6 : 0
      const mouth = Math.hypot(dx * 2.6, (dy - 0.58) * 13) < 1 ? -0.22 : 0
      const socket = eye < 1 ? -0.34 + 0.45 * smoothstep(0.5, 0.15, eye) : -0.16 * smoothstep(2.1, 1, eye)
      return (
        0.44 +
        0.42 * side * dx * (1 - 0.3 * bulge) +
        0.22 * bulge -
        0.1 * dy +
        socket +
        nose +
        mouth +
        (grain - 0.5) * 0.28
      )
    }
    const shoulder = head.y + head.ry * 0.9 + 0.12 + 0.55 * Math.abs(x - head.x) ** 1.7
    const neck = Math.abs(dx) < 0.45 + 0.2 * (dy - 1) && dy > 0
    if (neck || y > shoulder) {
      const fold = Math.sin((x - head.x) * 34 + grain * 5 + (y - shoulder) * 7)
      return 0.2 + 0.2 * side * dx * 0.5 + 0.1 * fold + (grain - 0.5) * 0.3
    }
    const away = Math.hypot(x - head.x, y - head.y + 0.04)
    const ray = Math.cos(Math.atan2(y - head.y, x - head.x) * rays) > 0.2 ? 0.12 : 0
    const ring = smoothstep(0.014, 0.006, Math.abs(away - halo)) * 0.5
    if (away < halo) return 0.72 + 0.14 * grain + ray * 0.5 + ring
    return 0.42 - 0.25 * away + ray * smoothstep(1, 0.3, away) + ring + (grain - 0.5) * 0.35
  }
}
