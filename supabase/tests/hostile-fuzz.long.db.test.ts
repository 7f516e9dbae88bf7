import { test } from 'vitest'
import { expectUnharmed } from './hostile-fuzz.ts'

test.each([1, 2, 3, 4, 5, 6])(
  'two thousand things that hostile boxes say break no promise, seed %i',
  (seed) => expectUnharmed({ seed, calls: 2_000, lanes: 2 + seed }),
  10 * 60_000,
)
