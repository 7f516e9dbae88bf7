import { randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { exportJWK, generateKeyPair } from 'jose'
import { z } from 'zod'

import type { LocalKeys } from './context.ts'

const keysSchema = z.object({
  databasePassword: z.string().min(16),
  publishableKey: z.string().startsWith('sb_publishable_'),
  secretKey: z.string().startsWith('sb_secret_'),
  signingKey: z.looseObject({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: z.string(),
    y: z.string(),
    d: z.string(),
    kid: z.string(),
    alg: z.literal('ES256'),
    use: z.literal('sig'),
  }),
})

/** Makes fresh random keys; nothing is written. */
export async function makeKeys(): Promise<LocalKeys> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return {
    databasePassword: randomBytes(24).toString('base64url'),
    publishableKey: `sb_publishable_${randomBytes(24).toString('base64url')}`,
    secretKey: `sb_secret_${randomBytes(24).toString('base64url')}`,
    signingKey: { ...(await exportJWK(privateKey)), kid: randomUUID(), alg: 'ES256', use: 'sig' },
  }
}

/**
 * Reads `keys.json` in `dataDir`, making it (mode 0600) on the first run. Two processes that start at once end with
 * the same keys: the file appears whole, by a hard link, or not at all.
 */
export async function loadKeys(dataDir: string): Promise<LocalKeys> {
  const file = join(dataDir, 'keys.json')
  const existing = await readKeys(file)
  if (existing !== null) return existing
  await mkdir(dataDir, { recursive: true })
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, `${JSON.stringify(await makeKeys(), null, 2)}\n`, { mode: 0o600 })
  try {
    await link(draft, file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    await rm(draft, { force: true })
  }
  const made = await readKeys(file)
  if (made === null) throw new Error(`${file} vanished while it was being made`)
  return made
}

async function readKeys(file: string): Promise<LocalKeys | null> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
  const others = process.platform === 'win32' ? 0 : (await stat(file)).mode & 0o077
  if (others !== 0) throw new Error(`${file} holds secrets but others can read it; run: chmod 600 ${file}`)
  const parsed = keysSchema.safeParse(parse(text))
  if (!parsed.success) throw new Error(`${file} is damaged; \`npm run reset\` clears the local data and makes new keys`)
  return parsed.data
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    return null
  }
}
