import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/**
 * This box's own UUID, made at the first start and kept in `dir`: the same after a restart, so that what it had claimed
 * is still its own; never shared by two boxes, so an image must not be baked with one.
 */
export async function readInstance(dir: string): Promise<string> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const path = join(dir, 'instance')
  const draft = join(dir, `instance.${randomUUID()}`)
  await writeFile(draft, `${randomUUID()}\n`, { mode: 0o600 })
  try {
    // A link fails when the name is taken, and what it names is whole: of two processes one wins, both read the same.
    await link(draft, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    await rm(draft, { force: true })
  }
  return z.uuid().parse((await readFile(path, 'utf8')).trim())
}
