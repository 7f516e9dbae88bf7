import { expect, test } from 'vitest'
import { readEnv } from './env.ts'

test('defaults are those of the README', () => {
  expect(readEnv({})).toEqual({
    STANDIN_HOST: '127.0.0.1',
    STANDIN_PORT: 8188,
    STANDIN_STEP_MS: 60,
    STANDIN_LOAD_MS: 150,
    STANDIN_PREVIEW_PX: 512,
    STANDIN_SEED: 0,
    STANDIN_NOISE_KB: 0,
  })
})

test('anything but loopback is refused, and every bad name is listed', () => {
  expect(() => readEnv({ STANDIN_HOST: '0.0.0.0', STANDIN_PORT: 'x' })).toThrow(/STANDIN_HOST[\s\S]*STANDIN_PORT/)
})
