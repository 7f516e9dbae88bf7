import { createHash } from 'node:crypto'
import { access, chmod, lstat, mkdir, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve, sep } from 'node:path'

import { canReach } from './account.ts'
import type { Account } from './account.ts'
import { isAlive } from './leftover.ts'

/** Says, in a folder of ours outside of a data folder, which data folder it belongs to. */
const belongsTo = 'belongs-to'

/**
 * Where the database files of `dataDir` live: in it, or, when the account that runs Postgres cannot get there (a
 * checkout below a 0700 home, as root), in a folder of root's own whose name is derived from `dataDir`.
 */
export async function placeOfCluster(dataDir: string, account: Account | null): Promise<string> {
  const asked = resolve(dataDir)
  if (await canReach(account, asked)) return asked
  return join(await elsewhere(asked), 'data')
}

/**
 * A reachable folder for what cannot stay below `dataDir`; the same one at every run. Root only. Also deletes such
 * folders beside it whose data folder's parent is gone: nothing else would ever find them.
 */
export async function elsewhere(dataDir: string): Promise<string> {
  const folder = await elsewhereOf(dataDir)
  await sweep(dirname(folder))
  await mkdir(folder, { recursive: true, mode: 0o711 })
  // In a folder that everyone may write to, somebody else could have made ours first.
  const found = await lstat(folder)
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new Error(`${folder} belongs to somebody else; move or delete it`)
  }
  await chmod(folder, 0o711)
  await writeFile(join(folder, belongsTo), resolve(dataDir), { mode: 0o600 })
  return folder
}

/** Deletes the database files of `dataDir`, wherever they are. Postgres must be stopped. */
export async function removeCluster(dataDir: string): Promise<void> {
  await rm(resolve(dataDir), { recursive: true, force: true })
  if (process.getuid?.() === 0) await rm(await elsewhereOf(dataDir), { recursive: true, force: true })
}

async function elsewhereOf(dataDir: string): Promise<string> {
  const asked = resolve(dataDir)
  const temporary = await realpath(tmpdir())
  const name = `forge-${createHash('sha256').update(asked).digest('hex').slice(0, 16)}`
  if (asked.startsWith(temporary + sep)) return join(temporary, name)
  const shared = await lstat('/var/lib').catch(() => null)
  const usable = shared?.isDirectory() === true && (shared.mode & 0o001) !== 0
  return join(usable ? '/var/lib' : temporary, name)
}

async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!/^forge-[0-9a-f]{16}$/.test(name)) continue
    const folder = join(parent, name)
    const dataDir = await readFile(join(folder, belongsTo), 'utf8').catch(() => null)
    if (dataDir === null || (await exists(dirname(dataDir)))) continue
    const postmaster = await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8').catch(() => '')
    if (!isAlive(Number.parseInt(postmaster, 10))) await rm(folder, { recursive: true, force: true })
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
