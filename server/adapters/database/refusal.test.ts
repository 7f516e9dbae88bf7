import { describe, expect, it } from 'vitest'
import { connectSupabase } from '#server/adapters/supabase.ts'
import { createDatabase } from './database.ts'
import { toRefusal } from './refusal.ts'

describe('an error of the database', () => {
  it('that SQL raised on purpose is that refusal with its data', () => {
    const raised = { code: 'P0001', message: 'TOO_MANY_JOBS', details: '{"open":3,"cap":10}' }

    expect(toRefusal('enqueue_jobs', 400, raised)).toMatchObject({ code: 'TOO_MANY_JOBS', data: { open: 3, cap: 10 } })
  })

  it.each([null, '', 'not json', '[1]', '{"nested":{}}'])('with the detail %s has no data', (details) => {
    expect(toRefusal('x', 400, { code: 'P0001', message: 'PURSE_EMPTY', details })).toMatchObject({ data: {} })
  })

  it.each<[number, string]>([
    [0, ''],
    [503, 'PGRST001'],
    [503, '08006'],
    [500, '53300'],
    [500, '57P01'],
    [500, '40P01'],
  ])('with status %i and code %s passes by itself', (status, code) => {
    expect(toRefusal('x', status, { code, message: 'any' })).toMatchObject({ code: 'UNAVAILABLE' })
  })

  it.each([
    ['P0001', 'a raise nobody listed'],
    ['23505', 'duplicate key value'],
    ['42501', 'permission denied'],
  ])('with code %s is ours and quotes no row', (code, message) => {
    const fault = toRefusal('x', 400, { code, message, details: 'Failing row contains (secret prompt)' })

    expect(fault.constructor).toBe(Error)
    expect(fault.message).toContain(code)
    expect(fault.message).not.toContain('secret')
  })
})

it('an unreachable database is UNAVAILABLE', async () => {
  const database = createDatabase(connectSupabase('http://127.0.0.1:1', 'sb_secret_test'), () => 0)

  await expect(database.settings()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await expect(database.sweep()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})
