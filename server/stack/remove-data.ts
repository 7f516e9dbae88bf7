import { readdir, rm, rmdir } from 'node:fs/promises'
import path from 'node:path'

/** Everything that the parts of the stack make in the data folder. */
const ours = /^(postgres|postgres\.owner|objects|worker|keys\.json|demo\.json|state\.json(\.\d+)?|e2e\.log)$/

/**
 * Deletes what the stack has made in `dataDir`, and the folder when that was all of it. Answers the names it left: the
 * folder is the user's to choose, and may be one that holds more than our data.
 */
export async function removeData(dataDir: string): Promise<string[]> {
  const names = await readdir(dataDir).catch(() => null)
  if (names === null) return []
  await Promise.all(
    names.filter((name) => ours.test(name)).map((name) => rm(path.join(dataDir, name), { recursive: true })),
  )
  const left = names.filter((name) => !ours.test(name))
  if (left.length === 0) await rmdir(dataDir)
  return left
}
