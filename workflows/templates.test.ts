import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseGraph, templateFaults } from '#shared/workflows/graph.ts'
import { parseManifest } from '#shared/workflows/manifest.ts'
import { parseModels } from '#shared/workflows/models.ts'

const root = import.meta.dirname
const modes = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory())
const readJson = (...path: string[]): unknown => JSON.parse(readFileSync(join(root, ...path), 'utf8'))

const models = parseModels(readJson('models.json'))

describe.each(modes.map((entry) => entry.name))('%s', (mode) => {
  const manifest = parseManifest(readJson(mode, 'manifest.json'))

  it('is named by its folder', () => {
    expect(manifest.mode).toBe(mode)
  })

  it.each(manifest.variants)('$key binds to whole graph fields', (variant) => {
    expect(templateFaults(parseGraph(readJson(mode, variant.graph)), variant, models)).toEqual([])
  })

  it.each(manifest.variants)('$key titles every node and ends in a temporary image with a nonce', (variant) => {
    const graph = parseGraph(readJson(mode, variant.graph))

    expect(Object.values(graph).every((node) => node._meta?.title)).toBe(true)
    expect(graph[variant.output]?.class_type).toBe('PreviewImage')
    expect(variant.fields.nonce).toEqual([{ node: variant.output, input: 'forge_nonce' }])
  })

  it.each(manifest.variants)('$key loads safetensors only', (variant) => {
    const text = JSON.stringify(readJson(mode, variant.graph))

    expect(text).not.toMatch(/\.(ckpt|pt|pth|bin|pkl)"/)
  })
})

describe('remix', () => {
  const manifest = parseManifest(readJson('remix', 'manifest.json'))

  it('moves denoise 0.4..0.95 by creativity in both variants and guidance 3.5..5.5 by chaos in dev alone', () => {
    const ranges = manifest.variants.map((variant) =>
      variant.sliders.map(({ slider, input, from, to }) => [slider, input, from, to]),
    )

    expect(ranges).toEqual([
      [
        ['creativity', 'denoise', 0.4, 0.95],
        ['chaos', 'guidance', 3.5, 5.5],
      ],
      [['creativity', 'denoise', 0.4, 0.95]],
    ])
  })
})
