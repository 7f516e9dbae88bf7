import { expect, it } from 'vitest'
import { CallerCache } from './caller-cache.ts'

const caller = { kind: 'worker', workerId: 'w' } as const

it('lets go of the caller that was away the longest', () => {
  const cache = new CallerCache(() => 0, 2)
  cache.set('a', { caller, until: 1 })
  cache.set('b', { caller, until: 1 })
  cache.get('a')
  cache.set('c', { caller, until: 1 })

  expect(['a', 'b', 'c'].map((token) => cache.get(token)?.kind)).toEqual(['worker', undefined, 'worker'])
})
