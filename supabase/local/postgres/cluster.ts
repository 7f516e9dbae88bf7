import { spawn } from 'node:child_process'
import { chmod, chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'

/** The superuser inside, as on hosted projects: only this stack uses it, never a migration or a service of ours. */
export const superuser = 'supabase_admin'

/** Options that make a child run as `account`; empty when it runs as ourselves. */
export function runAs(account: Account | null): { uid?: number; gid?: number } {
  return account === null ? {} : { uid: account.uid, gid: account.gid }
}

/**
 * Makes the database files in `folder` on the first run; on later runs checks that they belong to this major
 * version. The files are made beside and renamed, so that a start that was cut short leaves nothing half made.
 */
export async function ensureCluster(options: {
  folder: string
  binaries: Binaries
  account: Account | null
  password: string
  durable: boolean
}): Promise<void> {
  const { folder, binaries, account } = options
  const version = await readVersion(folder)
  if (version === String(binaries.major)) return
  if (version !== null) {
    throw new Error(
      `The database in ${folder} was made by Postgres ${version} and this is Postgres ${binaries.major}; ` +
        'run `npm run reset` to start over, or go back to the version that made it',
    )
  }
  const draft = `${folder}.new`
  await makeDraft(folder, draft, account)
  const passwordFile = join(dirname(folder), `.initdb-${process.pid}`)
  await writeFile(passwordFile, options.password, { mode: 0o600 })
  try {
    if (account !== null) await chown(passwordFile, account.uid, account.gid)
    await runInitdb({ ...options, folder: draft }, passwordFile)
  } finally {
    await rm(passwordFile, { force: true })
  }
  await rename(draft, folder)
}

async function readVersion(folder: string): Promise<string | null> {
  try {
    return (await readFile(join(folder, 'PG_VERSION'), 'utf8')).trim()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'ENOENT') return null
    if (code === 'EACCES')
      throw new Error(`${folder} belongs to another account; run as the user who made it`, { cause: error })
    throw error
  }
}

async function makeDraft(folder: string, draft: string, account: Account | null): Promise<void> {
  const found = await readdir(folder).catch(() => [])
  if (found.length > 0) {
    throw new Error(`${folder} is not empty and not a Postgres data folder; move it away or choose another FORGE_DATA`)
  }
  await rm(folder, { recursive: true, force: true })
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { recursive: true })
  await chmod(draft, 0o700)
  if (account !== null) await chown(draft, account.uid, account.gid)
}

async function runInitdb(
  options: { folder: string; binaries: Binaries; account: Account | null; durable: boolean },
  passwordFile: string,
): Promise<void> {
  const { folder, binaries, account, durable } = options
  const args = [`--pgdata=${folder}`, `--username=${superuser}`, '--auth=scram-sha-256', `--pwfile=${passwordFile}`]
  args.push('--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8')
  if (!durable) args.push('--no-sync')
  const child = spawn(binaries.initdb, args, { ...runAs(account), cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(`initdb failed (${code}) in ${folder}: ${output.trim()}`)
}
