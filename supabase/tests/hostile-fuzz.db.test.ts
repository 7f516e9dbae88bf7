import { test } from 'vitest'
import { expectUnharmed } from './hostile-fuzz.ts'

test('boxes that say anything in any order break no promise: all they hear is typed, and every job still ends once', () =>
  expectUnharmed({ seed: 20_261_124, calls: 150, lanes: 2 }))
