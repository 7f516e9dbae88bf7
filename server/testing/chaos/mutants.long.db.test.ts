import { expect, it } from 'vitest'
import { type Caught, runMutants } from './batch.ts'
import { mutants } from './mutants.ts'

it(
  'every way in which the product is broken on purpose breaks a promise that the checks notice',
  { timeout: 1_800_000 },
  async () => {
    const all: Caught[] = []
    await runMutants(mutants, (caught) => all.push(caught), new AbortController().signal)

    expect(all.filter(({ seed }) => seed === null).map(({ mutant }) => mutant.name)).toEqual([])
    expect(all).toHaveLength(mutants.length)
  },
)
