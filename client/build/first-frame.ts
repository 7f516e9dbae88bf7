import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { type FirstFrames, firstFramesFile } from '#shared/first-frame/rules.ts'
import { build } from 'vite'
import type { Plugin } from 'vite'

/** Draws the page in Node, with the very components of the app. */
async function draw(root: string): Promise<Record<string, string>> {
  const folder = path.join(root, `node_modules/.cache/forge-first-frame-${process.pid}`)
  try {
    await build({
      configFile: false,
      root: path.join(root, 'client'),
      logLevel: 'warn',
      build: { ssr: 'src/first-frame.tsx', outDir: folder, emptyOutDir: true, copyPublicDir: false, minify: false },
    })
    const drawn: unknown = await import(pathToFileURL(path.join(folder, 'first-frame.js')).href)
    return await (drawn as { drawFirstFrames: () => Promise<Record<string, string>> }).drawFirstFrames()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function fileMark(input: string): string {
  const kept = [...input.matchAll(/ (accept|multiple|capture)="[^"]*"/g)].map(([attribute]) => attribute)
  return `<i hidden${kept.join('')}></i>`
}

/**
 * React's markup as it lies in the document: without its own marks and preloads. Nothing can be given to what will be
 * replaced in a moment: where a file could be, a mark says which, and the script asks for it. A seed that another draw
 * will replace is not shown; every element keeps its place.
 */
export function asFrame(markup: string): string {
  return markup
    .replaceAll(/<!--.*?-->/g, '')
    .replaceAll(/<link rel="preload"[^>]*>/g, '')
    .replaceAll(/<input\b[^>]* type="file"[^>]*>/g, fileMark)
    .replace(/(<input[^>]* id="seed"[^>]*) value="\d+"/, '$1')
}

/** Preloads of the pictures that are seen first, so that they are asked for before anything else. */
export function preloadsOf(markup: string): string {
  const pictures = [...markup.matchAll(/<img\b[^>]*fetchPriority="high"[^>]*>/gi)].flatMap(
    ([tag]) => /src="([^"]+)"/.exec(tag)?.[1] ?? [],
  )
  return pictures.map((src) => `<link rel="preload" as="image" href="${src}" fetchpriority="high">`).join('')
}

/**
 * Leaves the first frames beside index.html, where the server finds them. Only a build has them. The texture, which only
 * the stylesheet would ask for, is on the whole page and so painted with the pictures or not before it is there.
 */
export function firstFrames(root: string): Plugin {
  let dist = ''
  let textures: string[] = []
  return {
    name: 'forge-first-frames',
    apply: (config, { command }) => command === 'build' && !config.build?.ssr,
    configResolved(config) {
      dist = path.resolve(config.root, config.build.outDir)
    },
    generateBundle(_options, bundle) {
      textures = Object.keys(bundle).filter((name) => /mill-scale-.*\.webp$/.test(name))
    },
    async closeBundle() {
      const drawn = await draw(root)
      const links = textures.map((name) => `<link rel="preload" as="image" href="/${name}">`).join('')
      const found: FirstFrames = Object.fromEntries(
        Object.entries(drawn).map(([address, markup]) => [
          address,
          { head: preloadsOf(markup) + links, markup: asFrame(markup) },
        ]),
      )
      await writeFile(path.join(dist, firstFramesFile), JSON.stringify(found))
    },
  }
}
