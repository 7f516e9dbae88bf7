import { signAs, TokenError, verifyAs } from '#supabase/local/auth/tokens.ts'
import type { LocalContext } from '#supabase/local/context.ts'
import { refusals } from './errors.ts'

/** Hosted lifetime of an upload URL: 2 h, in seconds. */
const uploadSeconds = 7200

type Signer = Pick<LocalContext, 'url' | 'keys'>
export type ObjectName = { bucket: string; key: string }
type UploadGrant = { owner: string | undefined; upsert: boolean }

/** The `aud` tells the three kinds of token apart: none of them can stand for another. */
const audiences = { download: 'storage:download', upload: 'storage:upload' } as const

/** Token that lets anybody read one object for `seconds`. */
export function signDownload(ctx: Signer, object: ObjectName, seconds: number): Promise<string> {
  return sign(ctx, 'download', { url: urlOf(object) }, seconds)
}

/** Token that lets anybody write one object, in the name of `owner`, for two hours. */
export function signUpload(ctx: Signer, object: ObjectName, grant: UploadGrant): Promise<string> {
  const owner = grant.owner === undefined ? {} : { owner: grant.owner }
  return sign(ctx, 'upload', { url: urlOf(object), upsert: grant.upsert, ...owner }, uploadSeconds)
}

/** Checks a download token for this object; returns when it ends, in Unix seconds. Throws `StorageError`. */
export async function verifyDownload(ctx: Signer, token: string | undefined, object: ObjectName): Promise<number> {
  const payload = await verify(ctx, 'download', token, object)
  return payload.exp ?? 0
}

/** Checks an upload token for this object; returns what it grants. Throws `StorageError`. */
export async function verifyUpload(ctx: Signer, token: string | undefined, object: ObjectName): Promise<UploadGrant> {
  const payload = await verify(ctx, 'upload', token, object)
  const owner = payload['owner']
  return { owner: typeof owner === 'string' ? owner : undefined, upsert: payload['upsert'] === true }
}

function sign(ctx: Signer, kind: keyof typeof audiences, claims: Record<string, unknown>, seconds: number) {
  const iat = Math.floor(Date.now() / 1000)
  const payload = { ...claims, iss: `${ctx.url}/storage/v1`, aud: audiences[kind], iat, exp: iat + seconds }
  return signAs(ctx.keys.signingKey, payload)
}

async function verify(ctx: Signer, kind: keyof typeof audiences, token: string | undefined, object: ObjectName) {
  if (token === undefined || token === '') throw refusals.invalidToken('The token is missing')
  const expected = { issuer: `${ctx.url}/storage/v1`, audience: audiences[kind], now: new Date() }
  const payload = await verifyAs(ctx.keys.signingKey, token, expected).catch((error: unknown) => {
    if (!(error instanceof TokenError)) throw error
    throw refusals.invalidToken(
      error.reason === 'expired' ? '"exp" claim timestamp check failed' : 'signature verification failed',
    )
  })
  if (payload['url'] !== urlOf(object)) throw refusals.wrongObject()
  return payload
}

function urlOf(object: ObjectName): string {
  return `${object.bucket}/${object.key}`
}
