import process from 'node:process'
import type { FullConfig } from '@playwright/test'
import { buildClient } from '#server/stack/build-client.ts'
import { descendants, stillRunning } from './processes.ts'
import { startTestStack, type TestStack } from './stack.ts'
import { leaksIn, secretsOf } from './secrets.ts'
import { describeStack } from './under-test.ts'

/** Only the long ring looks at a payment on its way, which must be seen however slow the machine is. */
const slowBank = process.env['FORGE_TEST_RING'] === 'long' ? { STRIPE_STANDIN_SETTLE_MS: '15000' } : {}

/**
 * A stack for each test that runs at the same time, so that none waits in another's queue or loses a part to another's
 * kill. Their end is a test too: everything stops, no process is left behind, and no secret stands in any log.
 */
async function globalSetup({ workers }: FullConfig): Promise<() => Promise<void>> {
  // Before any stack: several would build into the same folder at once.
  await buildClient((line) => process.stdout.write(`${line}\n`))
  const starts = await Promise.allSettled(
    Array.from({ length: workers }, (_, index) =>
      startTestStack({ TRUSTED_HOPS: '1', STANDIN_STEP_MS: '90', ...slowBank }, `.forge/e2e-${index}.log`),
    ),
  )
  const stacks = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []))
  const refused = starts.find((start) => start.status === 'rejected')
  if (refused) {
    await Promise.allSettled(stacks.map((stack) => stack.stop()))
    throw refused.reason
  }
  process.env['FORGE_TEST_STACKS'] = JSON.stringify(await Promise.all(stacks.map((stack) => describeStack(stack))))
  return async () => {
    const ends = await Promise.allSettled(stacks.map((stack) => endWithout(stack)))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  }
}

async function endWithout(stack: TestStack): Promise<void> {
  const before = await descendants(stack.pid)
  const secrets = await secretsOf(stack.dataDir)
  await stack.stop()
  const left = await stillRunning(before, 5_000)
  // E18: everything the whole run made the parts say.
  const leaks = leaksIn(stack.output(), secrets)
  if (leaks.length > 0) throw new Error(`The log of the stack shows ${leaks.join(', ')}`)
  if (left.length > 0) throw new Error(`Processes outlived the stack: ${left.map(({ command }) => command).join(', ')}`)
}

export default globalSetup
