import { finish, runPlaywright, runVitest } from './test-runs.ts'

/** The long ring: what is slow and whose promise a shorter test of `npm test` proves too. */
finish([await runVitest(['long']), await runPlaywright('long')])
