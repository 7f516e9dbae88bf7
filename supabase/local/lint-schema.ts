import process from 'node:process'

import { lintSchema, schemaLints } from './schema-lints.ts'
import { withScratchDatabase } from './scratch-database.ts'

const offences = await withScratchDatabase(lintSchema)
for (const { lint, why, offence } of offences) process.stdout.write(`${lint}: ${offence}\n    ${why}\n`)
process.stdout.write(`${schemaLints.length} lints, ${offences.length} offences\n`)
if (offences.length > 0) process.exitCode = 1
