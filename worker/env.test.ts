import { describe, expect, it } from 'vitest'
import { readEnv } from './env.ts'

const whole = {
  FORGE_SERVER_URL: 'http://127.0.0.1:3000/',
  FORGE_WORKER_KEY: 'fwk_0123456789abcdef',
  WORKER_DATA: '/tmp/x',
}

describe('readEnv', () => {
  it('fills in defaults and drops trailing slashes', () => {
    expect(readEnv(whole)).toMatchObject({
      FORGE_SERVER_URL: 'http://127.0.0.1:3000',
      COMFY_URL: 'http://127.0.0.1:8188',
      POLL_MS: 1_500,
      LOG_LEVEL: 'info',
    })
  })

  it('names everything that is missing or wrong, and no value', () => {
    const read = () => readEnv({ FORGE_WORKER_KEY: 'short-secret', POLL_MS: 'often' })

    expect(read).toThrow(/FORGE_SERVER_URL.*FORGE_WORKER_KEY.*WORKER_DATA.*POLL_MS/)
    expect(read).not.toThrow(/short-secret/)
  })

  it('takes toy sizes only on a box that says it is a toy', () => {
    expect(() => readEnv({ ...whole, TOY_STEPS: '2' })).toThrow(/FORGE_TOY=1/)
    expect(readEnv({ ...whole, FORGE_TOY: '1', TOY_STEPS: '2' })).toMatchObject({ TOY_STEPS: 2 })
  })

  it('fetches weights only into a folder that it knows', () => {
    expect(() => readEnv({ ...whole, MODELS_FETCH: 'style/sdxl' })).toThrow(/MODELS_DIR/)
    expect(readEnv({ ...whole, MODELS_FETCH: 'style/sdxl, remix/schnell', MODELS_DIR: '/m' }).MODELS_FETCH).toEqual([
      'style/sdxl',
      'remix/schnell',
    ])
  })
})
