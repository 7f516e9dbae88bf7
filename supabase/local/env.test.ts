import { expect, test } from 'vitest'

import { readEnv } from './env.ts'

test('an empty environment has working defaults', () => {
  expect(readEnv({})).toMatchObject({
    FORGE_DATA: '.forge',
    SUPABASE_PORT: 54_321,
    POSTGRES_PORT: 54_322,
    LOG_LEVEL: 'info',
  })
})

test.each([{ SUPABASE_PORT: 'x' }, { POSTGRES_PORT: '70000' }, { FORGE_DATA: '' }, { LOG_LEVEL: 'loud' }])(
  '%o is refused by name',
  (source) => {
    expect(() => readEnv(source)).toThrow(Object.keys(source)[0])
  },
)
