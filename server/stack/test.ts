import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { z } from 'zod'
import { runStep } from './run-step.ts'
import { runStaticChecks } from './static-checks.ts'

type Count = { passed: number; failed: number; skipped: number }

const vitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  success: z.boolean(),
})
const playwrightReport = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
})

/** The whole suite: static checks, unit, client, database, then a real browser on the whole stack. */
async function main(): Promise<void> {
  const reports = await mkdtemp(path.join(os.tmpdir(), 'forge-reports-'))
  const started = performance.now()
  const statics = await runStaticChecks()
  const counts: Count[] = [{ ...statics, skipped: 0 }]

  const vitest = path.join(reports, 'vitest.json')
  const vitestCode = await runStep([
    'vitest',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${vitest}`,
  ])
  counts.push(
    await read(vitest, vitestCode, (json) => {
      const report = vitestReport.parse(json)
      return {
        passed: report.numPassedTests,
        failed: report.numFailedTests,
        skipped: report.numPendingTests + report.numTodoTests,
      }
    }),
  )

  const browser = path.join(reports, 'playwright.json')
  const browserCode = await runStep(['playwright', 'test', '--config', 'client/e2e/playwright.config.ts'], {
    PLAYWRIGHT_JSON_OUTPUT_NAME: browser,
  })
  counts.push(
    await read(browser, browserCode, (json) => {
      const { stats } = playwrightReport.parse(json)
      // A test that passes only on a second try has failed: it hides a race.
      return { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped }
    }),
  )

  await rm(reports, { recursive: true, force: true })
  const total = counts.reduce((sum, count) => ({
    passed: sum.passed + count.passed,
    failed: sum.failed + count.failed,
    skipped: sum.skipped + count.skipped,
  }))
  process.stdout.write(`\nin ${Math.round((performance.now() - started) / 1000)} s\n`)
  process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`)
  process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1)
}

/** A runner that exits non-zero without a failed test (an unhandled error, a leak, a crash) counts as one failure. */
async function read(file: string, code: number, count: (json: unknown) => Count): Promise<Count> {
  const text = await readFile(file, 'utf8').catch(() => null)
  const result = text === null ? { passed: 0, failed: 0, skipped: 0 } : count(JSON.parse(text))
  return code !== 0 && result.failed === 0 ? { ...result, failed: 1 } : result
}

await main()
