import { join } from 'node:path'
import { readEnv } from './env.ts'
import { removeCluster } from './postgres/place.ts'

// The database files may lie outside the data folder (see place.ts), so deleting that is not enough.
await removeCluster(join(readEnv().FORGE_DATA, 'postgres'))
