import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { root } from './env.ts'

const sources = ['client', 'shared', 'vite.config.ts', 'package-lock.json']
const skipped = new Set(['node_modules', 'dist', 'e2e'])

/** Builds the client into client/dist when it is missing or older than what it is made from. Answers whether it did. */
export async function buildClient(print: (line: string) => void): Promise<boolean> {
  const built = await stat(path.join(root, 'client/dist/index.html')).catch(() => null)
  if (built && built.mtimeMs > (await newest(sources.map((source) => path.join(root, source))))) return false
  print('building the studio (first start, or its sources changed)…')
  const { build } = await import('vite')
  await build({ configFile: path.join(root, 'vite.config.ts'), logLevel: 'warn' })
  return true
}

async function newest(paths: readonly string[]): Promise<number> {
  const times = await Promise.all(
    paths.map(async (entry) => {
      const info = await stat(entry)
      if (!info.isDirectory()) return info.mtimeMs
      const names = await readdir(entry)
      return await newest(names.filter((name) => !skipped.has(name)).map((name) => path.join(entry, name)))
    }),
  )
  return Math.max(0, ...times)
}
