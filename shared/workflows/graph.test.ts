import { describe, expect, it } from 'vitest'
import { danglingLinks, readLink } from './graph.ts'

describe('danglingLinks', () => {
  it('names the field whose link ends nowhere', () => {
    const graph = {
      a: { class_type: 'A', inputs: {} },
      b: { class_type: 'B', inputs: { whole: ['a', 0], broken: ['gone', 0], text: 'a', size: [1, 2] } },
    }

    expect(danglingLinks(graph)).toEqual(['b.broken'])
  })
})

describe('readLink', () => {
  it('takes only a node id with an output index for a link', () => {
    expect(readLink(['a', 1])).toEqual(['a', 1])
    expect([readLink('a'), readLink(['a']), readLink([1, 'a']), readLink(['a', 'b'])]).toEqual([null, null, null, null])
  })
})
