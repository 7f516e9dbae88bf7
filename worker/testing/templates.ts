import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseGraph } from '#shared/workflows/graph.ts'
import { findVariant, parseManifest } from '#shared/workflows/manifest.ts'
import type { Template } from '#worker/core/bind-graph.ts'

const workflows = join(import.meta.dirname, '../../workflows')
const readJson = (...path: string[]): unknown => JSON.parse(readFileSync(join(workflows, ...path), 'utf8'))

/** A template of the project itself, as the worker reads it. */
export function readTemplate(mode: string, key: string): Template {
  const variant = findVariant(parseManifest(readJson(mode, 'manifest.json')), key)
  if (!variant) throw new Error(`no variant ${mode}/${key}`)
  return { variant, graph: parseGraph(readJson(mode, variant.graph)) }
}

/** Every template of the project, modes in the order of their names. */
export function readTemplates(): (Template & { mode: string })[] {
  const folders = readdirSync(workflows, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return folders
    .map((entry) => entry.name)
    .sort()
    .flatMap((mode) =>
      parseManifest(readJson(mode, 'manifest.json')).variants.map((variant) => ({
        mode,
        variant,
        graph: parseGraph(readJson(mode, variant.graph)),
      })),
    )
}
