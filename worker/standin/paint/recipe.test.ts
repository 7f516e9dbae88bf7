import { expect, test } from 'vitest'
import type { PaintJob } from './job.ts'
import { chooseRecipe } from './recipe.ts'

const job: PaintJob = {
  width: 8,
  height: 8,
  base: null,
  mask: null,
  styles: [],
  hints: [],
  prompt: '',
  negative: '',
  seed: '1',
  denoise: 0.5,
  guidance: 3.5,
  lora: 0,
}

test.each([
  ['a woodcut of the sea', 'woodcut', 'sea'],
  ['Oil painting, gilded halo', 'oil', 'gold'],
  ['stained glass at dusk', 'glass', 'dusk'],
  ['VHS glitch in toxic lime', 'glitch', 'acid'],
  ['calligraphy, crimson heart', 'ink', 'infrared'],
])('"%s" is painted as %s in %s, whatever the seed', (prompt, technique, palette) => {
  for (const seed of ['1', '2', '3']) {
    expect(chooseRecipe({ ...job, prompt, seed })).toMatchObject({ technique, palette })
  }
})

test('without words the seed decides, and reaches many recipes', () => {
  const found = new Set(
    Array.from({ length: 60 }, (_, seed) => chooseRecipe({ ...job, prompt: 'a cat', seed: `${seed}` }).technique),
  )
  expect(found.size).toBeGreaterThan(6)
})

test('what the negative prompt names is not chosen', () => {
  for (let seed = 0; seed < 40; seed += 1) {
    const { technique, palette } = chooseRecipe({ ...job, prompt: 'a cat', negative: 'glitch, neon', seed: `${seed}` })
    expect(['glitch', 'neon']).not.toContain(technique)
    expect(palette).not.toBe('neon')
  }
})
