import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { z } from 'zod'
import { runStep } from './run-step.ts'

/** How many tests ended how. */
export type Count = { passed: number; failed: number; skipped: number }

const vitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
})
const playwrightReport = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
})

/** Runs these projects of vite.config.ts. */
export function runVitest(projects: readonly string[]): Promise<Count> {
  return withReport(async (file) => {
    const chosen = projects.map((name) => `--project=${name}`)
    const code = await runStep([
      'vitest',
      'run',
      ...chosen,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
    ])
    return await read(file, code, (json) => {
      const report = vitestReport.parse(json)
      return {
        passed: report.numPassedTests,
        failed: report.numFailedTests,
        skipped: report.numPendingTests + report.numTodoTests,
      }
    })
  })
}

/** Runs the end-to-end tests in a real browser, on whole stacks: those tagged `@long`, or all others. */
export function runPlaywright(ring: 'long' | 'short'): Promise<Count> {
  return withReport(async (file) => {
    const code = await runStep(
      [
        'playwright',
        'test',
        '--config',
        'client/e2e/playwright.config.ts',
        ring === 'long' ? '--grep' : '--grep-invert',
        '@long',
      ],
      {
        PLAYWRIGHT_JSON_OUTPUT_NAME: file,
        FORGE_TEST_RING: ring,
      },
    )
    return await read(file, code, (json) => {
      const { stats } = playwrightReport.parse(json)
      // A test that passes only on a second try has failed: it hides a race.
      return { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped }
    })
  })
}

/** Prints the one line that sums everything up and ends this process: 0 when something passed and nothing failed. */
export function finish(counts: readonly Count[]): never {
  const total = counts.reduce((sum, count) => ({
    passed: sum.passed + count.passed,
    failed: sum.failed + count.failed,
    skipped: sum.skipped + count.skipped,
  }))
  process.stdout.write(`\nin ${Math.round(process.uptime())} s\n`)
  process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`)
  process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1)
}

async function withReport(run: (file: string) => Promise<Count>): Promise<Count> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'forge-reports-'))
  try {
    return await run(path.join(folder, 'report.json'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A runner that exits non-zero without a failed test (an unhandled error, a leak, a crash) counts as one failure. */
async function read(file: string, code: number, count: (json: unknown) => Count): Promise<Count> {
  const text = await readFile(file, 'utf8').catch(() => null)
  const result = text === null ? { passed: 0, failed: 0, skipped: 0 } : count(JSON.parse(text))
  return code !== 0 && result.failed === 0 ? { ...result, failed: 1 } : result
}
