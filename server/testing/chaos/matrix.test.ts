import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '#server/stack/env.ts'
import { allKinds, specOf } from './fault-kinds.ts'
import { injectors } from './inject/inject.ts'
import { coverOf, matrixIds } from './matrix.ts'

it.each(matrixIds)('%s is proved by a fault, by the load, or or by a test that exists', (id) => {
  const { kinds, byLoad, tests } = coverOf(id)
  expect(kinds.length + tests.length + Number(byLoad)).toBeGreaterThan(0)
  for (const { file, name } of tests) expect(readFileSync(join(root, file), 'utf8')).toContain(name)
})

it('every kind of fault can be done and stands for a row of the matrix', () => {
  expect(Object.keys(injectors).toSorted()).toEqual(allKinds.toSorted())
  for (const kind of allKinds) expect(matrixIds).toEqual(expect.arrayContaining([...specOf(kind).ids]))
})
