import process from 'node:process'
import { runStep } from './run-step.ts'

/** Every static check, cheapest first. Each must exit 0. */
export const staticChecks = [
  { name: 'format', command: ['oxfmt', '--check'] },
  { name: 'lint and dependency arrows', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'types', command: ['tsc', '-p', '.'] },
  { name: 'dead code', command: ['knip'] },
  {
    name: 'migrations touch only what a hosted project allows',
    command: ['node', 'supabase/local/check-migrations.ts'],
  },
  { name: 'studio builds', command: ['vite', 'build', '--logLevel', 'warn'] },
  { name: 'bundle budget', command: ['node', 'client/build/check-budget.ts'] },
] as const satisfies readonly { name: string; command: readonly [string, ...string[]] }[]

/** Runs every check, also after a failure, so that one run shows all there is to fix. */
export async function runStaticChecks(): Promise<{ passed: number; failed: number }> {
  const failures: string[] = []
  for (const check of staticChecks) {
    process.stdout.write(`\n▸ ${check.name}\n`)
    if ((await runStep(check.command)) !== 0) failures.push(check.name)
  }
  for (const name of failures) process.stdout.write(`\n✕ ${name} failed\n`)
  return { passed: staticChecks.length - failures.length, failed: failures.length }
}
