import type { PaintJob } from './job.ts'
import { paletteNames, paletteStops, paletteWords } from './palettes.ts'
import type { Rgb } from './palettes.ts'
import { random } from './random.ts'

export const techniques = ['oil', 'woodcut', 'neon', 'ink', 'riso', 'glass', 'glitch', 'pastel', 'contour'] as const
export type Technique = (typeof techniques)[number]

const techniqueWords: Readonly<Record<Technique, string>> = {
  oil: 'oil paint painting painted painterly impasto brush brushstrokes canvas portrait baroque rembrandt gogh',
  woodcut: 'woodcut woodblock linocut lino etching print printmaking engraving engraved block',
  neon: 'neon glow glowing cyber cyberpunk synthwave laser electric hologram rave',
  ink: 'ink sumi calligraphy wash charcoal brushpen manga noir',
  riso: 'riso risograph halftone comic comics pop poster screenprint zine dots',
  glass: 'glass stained mosaic crystal shard shards facet facets polygon cathedral',
  glitch: 'glitch glitched corrupt corrupted corruption datamosh vhs broken static digital pixel error',
  pastel: 'pastel watercolor watercolour gouache soft mist misty fog dream dreamy chalk impressionist',
  contour: 'contour contours topographic map lines linework strata marble agate ripple',
}

/** How a job is painted: decided by words of the prompt first, by seed and prompt for the rest. */
export type Recipe = {
  technique: Technique
  palette: string
  stops: readonly Rgb[]
  /** The accent: another palette's ramp, which takes over parts of the picture. */
  accent: readonly Rgb[]
  /** Texts that start the random fields, so each part varies on its own. */
  key: string
  /** 0 (recognisable) … 1 (wild): denoise from 0.3 up. */
  wild: number
  /** 0 (calm) … 1 (strong): guidance from 3.5 to 5.5. */
  push: number
}

export function chooseRecipe(job: PaintJob): Recipe {
  const key = `${job.seed}|${job.prompt.trim().toLowerCase()}`
  const next = random(`${key}/recipe`)
  const wanted = new Set(wordsOf(job.prompt))
  const refused = new Set(wordsOf(job.negative))
  const technique = pick([...techniques], (name) => techniqueWords[name].split(' '), { wanted, refused, roll: next() })
  const palette = pick([...paletteNames], paletteWords, { wanted, refused, roll: next() })
  return {
    technique,
    palette,
    stops: paletteStops(palette),
    accent: paletteStops(accentOf(palette, next())),
    key,
    wild: Math.max(0, Math.min(1, (job.denoise - 0.3) / 0.65)),
    push: Math.max(0, Math.min(1.5, (job.guidance - 3.5) / 2)),
  }
}

/** Palettes that sit well beside each other; ink stays alone unless the roll is high. */
const partners: Readonly<Record<string, string>> = {
  dusk: 'ice sea infrared',
  neon: 'acid candy sea',
  ink: 'infrared ember gold',
  ember: 'ice sea gold',
  sea: 'ember candy gold',
  forest: 'candy gold rust',
  rust: 'sea ice forest',
  ice: 'dusk ember candy',
  gold: 'infrared sea forest',
  candy: 'sea acid ice',
  acid: 'infrared neon ice',
  infrared: 'sea gold ice',
}

function accentOf(palette: string, roll: number): string {
  const names = (partners[palette] ?? palette).split(' ')
  return names[Math.floor(roll * names.length)] ?? palette
}

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter(Boolean)
}

/** The name with most words asked for; a tie or none is rolled among the best not refused. */
function pick<T extends string>(
  names: T[],
  words: (name: T) => readonly string[],
  by: { wanted: Set<string>; refused: Set<string>; roll: number },
): T {
  const allowed = names.filter((name) => !words(name).some((word) => by.refused.has(word)))
  const pool = allowed.length > 0 ? allowed : names
  const score = (name: T) => words(name).filter((word) => by.wanted.has(word)).length
  const best = Math.max(...pool.map(score))
  const winners = pool.filter((name) => score(name) === best)
  // `names` is never empty, so there is a winner.
  return winners[Math.floor(by.roll * winners.length)] as T
}
