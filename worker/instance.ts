import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/**
 * This box's own UUID, made at the first start and kept in `dir`: the same after a restart, so that what it had claimed
 * is still its own; never shared by two boxes, so an image must not be baked with one.
 */
export async function readInstance(dir: string): Promise<string> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const path = join(dir, 'instance')
  try {
    const file = await open(path, 'wx', 0o600)
    const instance = randomUUID()
    await file.writeFile(`${instance}\n`)
    await file.close()
    return instance
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    return z.uuid().parse((await readFile(path, 'utf8')).trim())
  }
}
