import { describe, expect, it, vi } from 'vitest'
import { ForgeError } from '#shared/errors.ts'
import { createControlPlane } from './control-plane.ts'
import type { ServerApi } from './server-api.ts'
import { createSession } from './session.ts'
import { tokenLifeMs } from './token-life.ts'

const never = new AbortController().signal
const identity = {
  key: 'fwk_0123456789abcdef',
  instance: '0199d6a0-1111-7000-8000-00000000abcd',
  capabilities: {
    templates: [],
    gpu: 'x',
    vramBytes: 0,
    comfyVersion: 'x',
    standIn: true,
    unavailable: {},
    toy: false,
  },
}

/** Tokens of `seconds`, issued by a clock that is two hours off. */
function issuer(seconds: number) {
  let count = 0
  const iat = Math.floor(Date.now() / 1_000) - 7_200
  return vi.fn<ServerApi['session']>(async () => {
    count += 1
    const claims = Buffer.from(JSON.stringify({ iat, exp: iat + seconds, count })).toString('base64url')
    return {
      token: `h.${claims}.s`,
      expiresAt: new Date(iat * 1_000).toISOString(),
      supabaseUrl: 'http://x',
      publishableKey: 'p',
    }
  })
}

describe('tokenLifeMs', () => {
  it('takes the difference of the token’s own claims, whatever this box’s clock says', async () => {
    const { token } = await issuer(600)(identity, '', never)

    expect(tokenLifeMs(token)).toBe(600_000)
  })

  it('assumes ten minutes of a token that it cannot read', () => {
    expect(tokenLifeMs('opaque')).toBe(600_000)
  })
})

describe('createSession', () => {
  it('keeps a token while it lives, on a box whose clock is hours wrong too', async () => {
    const session = issuer(600)
    const held = createSession({ session }, identity)

    await held.current(never)
    await held.current(never)

    expect(session).toHaveBeenCalledTimes(1)
  })

  it('renews before the end', async () => {
    const session = issuer(0.05)
    const held = createSession({ session }, identity)

    await held.current(never)
    await new Promise((resolve) => setTimeout(resolve, 60))
    await held.current(never)

    expect(session).toHaveBeenCalledTimes(2)
  })

  it('asks once for everybody who needs a token at the same time', async () => {
    const session = issuer(600)
    const held = createSession({ session }, identity)

    await Promise.all([held.current(never), held.current(never), held.current(never)])

    expect(session).toHaveBeenCalledTimes(1)
  })

  it('forgets the token that was refused, not a newer one', async () => {
    const session = issuer(600)
    const held = createSession({ session }, identity)
    const first = await held.current(never)
    held.drop(first.token)
    const second = await held.current(never)

    held.drop(first.token)

    expect((await held.current(never)).token).toBe(second.token)
    expect(session).toHaveBeenCalledTimes(2)
  })

  it('asks again after a refusal instead of repeating it', async () => {
    const session = issuer(600)
    session.mockRejectedValueOnce(new ForgeError('UNAVAILABLE'))
    const held = createSession({ session }, identity)

    await expect(held.current(never)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect((await held.current(never)).token).toContain('h.')
  })
})

describe('createControlPlane', () => {
  function plane(claim: ServerApi['claim']) {
    const session = issuer(600)
    const api = { session, claim } as unknown as ServerApi
    return { session, control: createControlPlane(api, createSession(api, identity)) }
  }

  it('takes a new token once when the old one is refused', async () => {
    const claim = vi
      .fn<ServerApi['claim']>()
      .mockRejectedValueOnce(new ForgeError('UNAUTHENTICATED'))
      .mockResolvedValueOnce(null)
    const { session, control } = plane(claim)

    expect(await control.claim({ warm: [], ahead: false }, never)).toBeNull()
    expect(session).toHaveBeenCalledTimes(2)
    expect(claim.mock.calls[0]?.[1]).not.toBe(claim.mock.calls[1]?.[1])
  })

  it('does so once only', async () => {
    const claim = vi.fn<ServerApi['claim']>().mockRejectedValue(new ForgeError('UNAUTHENTICATED'))
    const { control } = plane(claim)

    await expect(control.claim({ warm: [], ahead: false }, never)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(claim).toHaveBeenCalledTimes(2)
  })
})
