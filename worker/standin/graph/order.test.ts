import { expect, test } from 'vitest'
import { remixGraph } from '../testing/graphs.ts'
import { cacheKeys } from './keys.ts'
import { executionOrder } from './order.ts'

const none = { cached: new Set<string>(), isOutput: (id: string) => id === 'out' }

test('every node comes after what it needs, the output last', () => {
  const graph = remixGraph()
  const order = executionOrder(graph, ['out'], none)
  expect(order).toHaveLength(Object.keys(graph).length)
  expect(order.indexOf('base_fit')).toBeLessThan(order.indexOf('encode'))
  expect(order.at(-1)).toBe('out')
})

test('cached nodes and what only they need are left out, a cached output stays', () => {
  const graph = remixGraph()
  expect(executionOrder(graph, ['out'], { ...none, cached: new Set(['decode']) })).toEqual(['out'])
  expect(executionOrder(graph, ['out'], { ...none, cached: new Set(['out']) })).toEqual(['out'])
})

test('cache keys follow inputs and sources, not ids', () => {
  const keys = (graph: ReturnType<typeof remixGraph>, mark = '') =>
    cacheKeys(graph, (id) => (id === 'base' ? mark : ''))
  const plain = keys(remixGraph())
  expect(keys(remixGraph({ seed: 2 })).get('out')).not.toBe(plain.get('out'))
  expect(keys(remixGraph({ seed: 2 })).get('encode')).toBe(plain.get('encode'))
  expect(keys(remixGraph(), 'other bytes').get('out')).not.toBe(plain.get('out'))
  const { sampler, ...rest } = remixGraph()
  const renamed = {
    ...rest,
    ks: sampler,
    decode: { ...rest['decode'], inputs: { ...rest['decode']?.inputs, samples: ['ks', 0] } },
  }
  expect(keys(renamed as ReturnType<typeof remixGraph>).get('out')).toBe(plain.get('out'))
})
