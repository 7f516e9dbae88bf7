import { readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The unprivileged account that runs Postgres when we are root. Null elsewhere: then it runs as ourselves. */
export type Account = { name: string; uid: number; gid: number }

/**
 * Postgres refuses to run as root, and a uid without a passwd entry. As root this answers the owner of an existing
 * data folder, else `nobody`; no account is ever created. Null when not root, and on Windows.
 */
export async function chooseAccount(dataDir: string): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null
  const accounts = parsePasswd(await readFile('/etc/passwd', 'utf8'))
  const owner = await stat(dataDir).then(
    (found) => found.uid,
    () => 0,
  )
  const account =
    accounts.find(({ uid }) => owner !== 0 && uid === owner) ?? accounts.find(({ name }) => name === 'nobody')
  if (account === undefined || account.uid === 0) {
    throw new Error('Postgres cannot run as root and there is no account `nobody`; run this as an ordinary user')
  }
  return account
}

/** Accounts listed in the text of /etc/passwd; malformed lines are skipped. */
export function parsePasswd(text: string): Account[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':')
    const account = { name: name ?? '', uid: Number(uid), gid: Number(gid) }
    const valid = account.name !== '' && /^\d+$/.test(uid ?? '') && /^\d+$/.test(gid ?? '')
    return valid ? [account] : []
  })
}

/** True when `account` may execute (or enter) `path` and enter every folder above it, by its mode bits. */
export async function canReach(account: Account | null, path: string): Promise<boolean> {
  if (account === null) return true
  for (let at = path; ; at = dirname(at)) {
    const found = await stat(at).catch(() => null)
    if (found !== null && !mayExecute(account, found)) return false
    if (at === dirname(at)) return true
  }
}

function mayExecute(account: Account, found: { uid: number; gid: number; mode: number }): boolean {
  if (found.uid === account.uid) return (found.mode & 0o100) !== 0
  if (found.gid === account.gid) return (found.mode & 0o010) !== 0
  return (found.mode & 0o001) !== 0
}
