import { setImmediate as turn } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { startReplicateStandin } from '#worker/standin/replicate/standin.ts'
import { createReplicateClient } from './client.ts'

const token = 'standin_only_for_tests'

it('an upload that nobody wants any more throws its reason, and nothing outside of any promise', async () => {
  const standin = await startReplicateStandin({ port: 0, token, stepMs: 1, startMs: 1 })
  onTestFinished(() => standin.stop())
  const client = createReplicateClient({ url: standin.url, token, timeoutMs: 5_000 })
  const file = { name: 'base.png', bytes: new Uint8Array(300_000), mime: 'image/png' }

  await expect(client.upload(file, AbortSignal.abort(new Error('canceled')))).rejects.toThrow('canceled')
  // What is thrown outside comes a few turns later, and fails the whole run.
  for (let turns = 0; turns < 50; turns += 1) await turn()
  expect(await client.upload(file, new AbortController().signal)).toMatchObject({ id: expect.any(String) })
})
