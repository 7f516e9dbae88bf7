import { expect } from 'vitest'
import type { TestDatabase } from './database.ts'
import { brokenInvariants } from './invariant-list.ts'

/** Fails with every offence, named. Cheap enough to run after every test. */
export async function expectInvariants(db: TestDatabase): Promise<void> {
  expect(await brokenInvariants(db)).toEqual([])
}
