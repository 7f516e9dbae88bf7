import process from 'node:process'
import { captureStep } from './run-step.ts'

type Check = { name: string; command: readonly [string, ...string[]] }

/** Two rows of about equal length run beside each other; within a row in order, since the budget weighs the build. */
const rows: readonly (readonly Check[])[] = [
  [
    { name: 'lint and dependency arrows', command: ['oxlint', '--type-aware', '--deny-warnings'] },
    { name: 'dead code', command: ['knip'] },
    { name: 'format', command: ['oxfmt', '--check'] },
  ],
  [
    { name: 'types', command: ['tsc', '-p', '.'] },
    { name: 'studio builds', command: ['vite', 'build', '--logLevel', 'warn'] },
    { name: 'bundle budget', command: ['node', 'client/build/check-budget.ts'] },
    {
      name: 'migrations touch only what a hosted project allows',
      command: ['node', 'supabase/local/check-migrations.ts'],
    },
    { name: 'schema lints', command: ['node', 'supabase/local/lint-schema.ts'] },
  ],
]

/** Runs every check, also after a failure, so that one run shows all there is to fix. Each must exit 0. */
export async function runStaticChecks(): Promise<{ passed: number; failed: number }> {
  const failures: string[] = []
  await Promise.all(
    rows.map(async (row) => {
      for (const { name, command } of row) {
        const { code, output } = await captureStep(command)
        process.stdout.write(`\n▸ ${name}\n${output}`)
        if (code !== 0) failures.push(name)
      }
    }),
  )
  for (const name of failures) process.stdout.write(`\n✕ ${name} failed\n`)
  return { passed: rows.flat().length - failures.length, failed: failures.length }
}
