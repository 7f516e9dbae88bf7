import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { canReach } from './account.ts'
import type { Account } from './account.ts'

/**
 * Where the database files of `dataDir` live: in it, or, when the account that runs Postgres cannot get there (a
 * checkout below a 0700 home, as root), in a folder of root's own whose name is derived from `dataDir`.
 */
export async function placeOfCluster(dataDir: string, account: Account | null): Promise<string> {
  const asked = resolve(dataDir)
  if (await canReach(account, asked)) return asked
  return join(await elsewhere(asked), 'data')
}

/** A reachable folder for what cannot stay below `dataDir`; the same one at every run. Root only. */
export async function elsewhere(dataDir: string): Promise<string> {
  const folder = await elsewhereOf(dataDir)
  await mkdir(folder, { recursive: true, mode: 0o711 })
  // In a folder that everyone may write to, somebody else could have made ours first.
  const found = await lstat(folder)
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new Error(`${folder} belongs to somebody else; move or delete it`)
  }
  await chmod(folder, 0o711)
  return folder
}

/** Deletes the database files of `dataDir`, wherever they are. Postgres must be stopped. */
export async function removeCluster(dataDir: string): Promise<void> {
  await rm(resolve(dataDir), { recursive: true, force: true })
  if (process.getuid?.() === 0) await rm(await elsewhereOf(dataDir), { recursive: true, force: true })
}

async function elsewhereOf(dataDir: string): Promise<string> {
  const name = `forge-${createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 16)}`
  const parent = await lstat('/var/lib').then(
    (found) => (found.isDirectory() && (found.mode & 0o001) !== 0 ? '/var/lib' : null),
    () => null,
  )
  return join(parent ?? (await realpath(tmpdir())), name)
}
