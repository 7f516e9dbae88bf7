import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'

/** What a credential looks like wherever it comes from: ours, Stripe's, Hugging Face's, a key file, a signed token. */
const shapes: Readonly<Record<string, RegExp>> = {
  'a secret key of Supabase': /\bsb_secret_[\w-]{16,}/,
  'a worker key': /\bfwk_[\w-]{16,}/,
  'a key of Stripe': /\b(?:sk|rk)_(?:test|live)_\w{16,}|\bwhsec_\w{16,}/,
  'a token of Hugging Face': /\bhf_\w{30,}/,
  'a private key': /BEGIN [A-Z ]*PRIVATE KEY|"d":"[\w-]{40,}"/,
  'a signed token': /\beyJ[\w-]{16,}\.eyJ[\w-]{16,}/,
  'a database address with a password': /\bpostgres(?:ql)?:\/\/[^\s:/@]+:[^\s@]+@/,
}

const keysFile = z.object({
  databasePassword: z.string(),
  secretKey: z.string(),
  signingKey: z.looseObject({ d: z.string() }),
})
const demoFile = z.object({ workerKey: z.string(), bucketSecret: z.string() })

/** The secrets of a local stack by name, each once. The demo password is none: the stack prints it on purpose. */
export async function secretsOf(dataDir: string): Promise<Record<string, string>> {
  const read = async (name: string): Promise<unknown> => JSON.parse(await readFile(path.join(dataDir, name), 'utf8'))
  const keys = keysFile.parse(await read('keys.json'))
  const { databasePassword, secretKey, signingKey } = keys
  return { databasePassword, secretKey, signingKey: signingKey.d, ...demoFile.parse(await read('demo.json')) }
}

/** The names of the secrets, and of things shaped like one, that stand in `text`; never their values. */
export function leaksIn(text: string, secrets: Readonly<Record<string, string>>): string[] {
  const named = Object.entries(secrets).flatMap(([name, value]) => (text.includes(value) ? [name] : []))
  return [...named, ...Object.entries(shapes).flatMap(([name, shape]) => (shape.test(text) ? [name] : []))]
}
