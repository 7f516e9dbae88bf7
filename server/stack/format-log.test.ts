import { expect, test } from 'vitest'
import { formatLog } from './format-log.ts'

test('a pino line becomes a prefixed sentence with its fields', () => {
  const line = JSON.stringify({ level: 40, time: 1, pid: 2, msg: 'slow claim', job: 'a', ms: 812 })

  expect(formatLog('server', line)).toBe('server   │ warn slow claim job=a ms=812')
})

test('the level info is not spelled out', () => {
  expect(formatLog('worker', JSON.stringify({ level: 30, msg: 'ready' }))).toBe('worker   │ ready')
})

test('a line that is not JSON passes unchanged behind the prefix', () => {
  expect(formatLog('supabase', 'LOG:  checkpoint')).toBe('supabase │ LOG:  checkpoint')
  expect(formatLog('supabase', '{broken')).toBe('supabase │ {broken')
})

test('of an error only its message is shown', () => {
  const line = JSON.stringify({
    level: 50,
    msg: 'refused',
    err: { type: 'Error', message: 'no answer', stack: 'Error: no answer\n at x' },
  })

  expect(formatLog('server', line)).toBe('server   │ error refused err=no answer')
})
