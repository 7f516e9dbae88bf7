import process from 'node:process'
import { runStaticChecks } from './static-checks.ts'

const { passed, failed } = await runStaticChecks()
process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
process.exit(failed === 0 ? 0 : 1)
