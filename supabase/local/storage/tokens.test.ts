import { exportJWK, generateKeyPair } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { signAs, signToken, verifyToken } from '#supabase/local/auth/tokens.ts'
import type { LocalContext } from '#supabase/local/context.ts'
import { signDownload, signUpload, verifyDownload, verifyUpload } from './tokens.ts'

const object = { bucket: 'forge', key: 'inputs/a.png' }
const iat = Math.floor(Date.now() / 1000)
let ctx: Pick<LocalContext, 'url' | 'keys'>
beforeAll(async () => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const signingKey = { ...(await exportJWK(privateKey)), kid: 'k', alg: 'ES256', use: 'sig' }
  ctx = {
    url: 'http://127.0.0.1:1',
    keys: { databasePassword: '', publishableKey: '', secretKey: '', signingKey },
  }
})

describe('storage tokens', () => {
  it('open what they name', async () => {
    const download = await signDownload(ctx, object, 60)
    const upload = await signUpload(ctx, object, { owner: 'me', upsert: true })

    expect(await verifyDownload(ctx, download, object)).toBeGreaterThanOrEqual(iat + 60)
    expect(await verifyUpload(ctx, upload, object)).toEqual({ owner: 'me', upsert: true })
  })

  it('E16 open no other object', async () => {
    const token = await signDownload(ctx, object, 60)

    for (const other of [
      { bucket: 'forge', key: 'inputs/b.png' },
      { bucket: 'other', key: 'inputs/a.png' },
    ]) {
      await expect(verifyDownload(ctx, token, other)).rejects.toMatchObject({ code: 'InvalidSignature' })
    }
  })

  it('E16 are not interchangeable', async () => {
    const download = await signDownload(ctx, object, 60)
    const upload = await signUpload(ctx, object, { owner: undefined, upsert: false })

    await expect(verifyUpload(ctx, download, object)).rejects.toMatchObject({ code: 'InvalidJWT' })
    await expect(verifyDownload(ctx, upload, object)).rejects.toMatchObject({ code: 'InvalidJWT' })
  })

  it('E16 are no auth tokens, and auth tokens are none of them', async () => {
    const url = `${object.bucket}/${object.key}`
    const auth = await signToken(ctx.keys, ctx.url, { role: 'service_role', iat, exp: iat + 60, url })

    await expect(verifyDownload(ctx, auth, object)).rejects.toMatchObject({ code: 'InvalidJWT' })
    for (const token of [
      await signDownload(ctx, object, 60),
      await signUpload(ctx, object, { owner: 'me', upsert: false }),
    ]) {
      await expect(verifyToken(ctx.keys, ctx.url, token)).rejects.toMatchObject({ reason: 'invalid' })
    }
  })

  it('E16 end', async () => {
    const payload = { url: 'forge/inputs/a.png', iss: `${ctx.url}/storage/v1`, aud: 'storage:download', exp: iat - 1 }
    const token = await signAs(ctx.keys.signingKey, payload)

    await expect(verifyDownload(ctx, token, object)).rejects.toThrow('"exp" claim timestamp check failed')
  })

  it.each([undefined, '', 'x', 'a.b.c'])('refuse %j', async (token) => {
    await expect(verifyDownload(ctx, token, object)).rejects.toMatchObject({ code: 'InvalidJWT' })
  })
})
