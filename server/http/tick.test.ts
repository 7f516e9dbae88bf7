import { expect, it } from 'vitest'
import { createNudge } from '#server/concurrency/nudge.ts'
import { testDeps } from '#server/testing/deps.ts'
import { runTicks, tick, tickBoxes } from './tick.ts'

const nothing = { requeued: 0, failed: 0, expired_uploads: [] }

it('removes the objects that the sweep lists', async () => {
  const { deps, storage } = await testDeps()
  for (const key of ['staging/a', 'staging/b'])
    storage.objects.set(key, { bytes: new Uint8Array(1), mime: 'image/png' })
  deps.database.sweep = () => Promise.resolve({ ...nothing, requeued: 1, expired_uploads: ['staging/a'] })

  await tick(deps)

  expect([...storage.objects.keys()]).toEqual(['staging/b'])
})

it('goes on after a failure and ends when told to', async () => {
  const { deps } = await testDeps()
  const stopping = new AbortController()
  let sweeps = 0
  deps.database.sweep = () => {
    sweeps += 1
    if (sweeps === 1) return Promise.reject(new Error('down'))
    stopping.abort()
    return Promise.resolve(nothing)
  }

  await runTicks(deps, stopping.signal, 1)

  expect(sweeps).toBe(2)
})

it('a press that finds nobody cuts the pause of the boxes short', async () => {
  const { deps } = await testDeps()
  const nudge = createNudge()
  const stopping = new AbortController()
  let looks = 0
  deps.capacity = { providers: [], namePrefix: 'forge-test-', serverUrl: '', holder: 'one', nudge }
  deps.boxes.save = () => {
    looks += 1
    if (looks === 1) nudge.ring()
    else stopping.abort()
    return Promise.resolve(null)
  }

  await runTicks(deps, stopping.signal, 60_000)

  expect(looks).toBe(2)
})

it('boxes are looked after before anybody asks whether they are, and the money is looked at whatever a provider says', async () => {
  const { deps } = await testDeps()
  const nudge = createNudge()
  const calls: string[] = []
  deps.capacity = { providers: [], namePrefix: 'forge-test-', serverUrl: '', holder: 'one', nudge }
  deps.boxes.take = () => {
    calls.push('take')
    return Promise.reject(new Error('away'))
  }
  deps.boxes.save = () => {
    calls.push('save')
    return Promise.resolve(null)
  }

  await expect(tickBoxes(deps)).rejects.toThrow('away')

  expect(calls).toEqual(['take', 'save'])
})
