import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import subsetFont from 'subset-font'
import type { Plugin } from 'vite'

/** Latin-1, the punctuation and arrows the copy uses, and the signs of numbers. Other scripts fall to system fonts. */
function subsetText(): string {
  const codes: number[] = []
  for (let code = 0x20; code <= 0x7e; code += 1) codes.push(code)
  for (let code = 0xa0; code <= 0xff; code += 1) codes.push(code)
  return String.fromCodePoint(...codes) + 'ıŒœŸ–—‘’‚“”„•…‹›€™←↑→↓−≈≤≥×✓'
}

type FontSpec = {
  name: string
  source: string
  axes: Record<string, { min: number; max: number; default?: number } | number>
}

const fonts: readonly FontSpec[] = [
  {
    name: 'archivo',
    source: '@fontsource-variable/archivo/files/archivo-latin-wdth-normal.woff2',
    axes: { wght: { min: 400, max: 700 }, wdth: { min: 100, max: 125 } },
  },
  {
    name: 'martian-mono',
    source: '@fontsource-variable/martian-mono/files/martian-mono-latin-wdth-normal.woff2',
    axes: { wght: { min: 400, max: 500 }, wdth: 88 },
  },
]

async function subset(spec: FontSpec, folder: string): Promise<void> {
  const source = await readFile(createRequire(import.meta.url).resolve(spec.source))
  const key = createHash('sha256').update(source).update(JSON.stringify(spec)).update(subsetText()).digest('hex')
  const file = path.join(folder, `${spec.name}.woff2`)
  const stamp = path.join(folder, `${spec.name}.key`)
  const known = await readFile(stamp, 'utf8').catch(() => '')
  if (known === key && (await stat(file).catch(() => null))) return
  const bytes = await subsetFont(source, subsetText(), { targetFormat: 'woff2', variationAxes: spec.axes })
  const draft = `${file}.${process.pid}`
  await writeFile(draft, bytes)
  await rename(draft, file)
  await writeFile(stamp, key)
}

/**
 * Cuts the two studio fonts to what the copy needs and serves them as `@forge-fonts/<name>.woff2`, hashed by Vite like any
 * other asset. The result is cached under node_modules, keyed by source and settings.
 */
export function studioFonts(root: string): Plugin {
  const folder = path.join(root, 'node_modules/.cache/forge-fonts')
  return {
    name: 'forge-fonts',
    async config() {
      await mkdir(folder, { recursive: true })
      for (const spec of fonts) await subset(spec, folder)
      return { resolve: { alias: { '@forge-fonts': folder } } }
    },
    transformIndexHtml: {
      order: 'post',
      handler(_html, context) {
        const text = Object.keys(context.bundle ?? {}).find((name) => /archivo-.*\.woff2$/.test(name))
        if (!text) return []
        const attrs = { rel: 'preload', as: 'font', type: 'font/woff2', href: `/${text}`, crossorigin: '' }
        return [{ tag: 'link', attrs, injectTo: 'head' as const }]
      },
    },
  }
}
