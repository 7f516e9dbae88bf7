import { randomBytes } from 'node:crypto'
import { v4, v7 } from 'uuid'

/** Makers of identifiers and of randomness, replaceable in tests. */
export type Ids = {
  /** UUID v7: rises with time, for rows. */
  row: () => string
  /** UUID v4: says nothing, for names that must not be guessed. */
  secret: () => string
  /** A seed in 0..2^64-1 as decimal text. */
  seed: () => string
}

export const systemIds: Ids = {
  row: () => v7(),
  secret: () => v4(),
  seed: () => randomBytes(8).readBigUInt64BE().toString(),
}
