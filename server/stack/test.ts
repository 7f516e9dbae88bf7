import { runStaticChecks } from './static-checks.ts'
import { finish, runPlaywright, runVitest } from './test-runs.ts'

/** The whole suite: static checks, unit, worker, client, database, then a real browser on the whole stack. */
const statics = await runStaticChecks()
const tests = await runVitest(['unit', 'worker', 'client', 'db'])
const browser = await runPlaywright('short')
finish([{ ...statics, skipped: 0 }, tests, browser])
