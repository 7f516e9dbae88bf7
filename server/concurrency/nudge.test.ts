import { expect, it } from 'vitest'
import { createNudge } from './nudge.ts'

it('hears what was rung before, once, and stops waiting with the signal', async () => {
  const nudge = createNudge()
  const never = new AbortController()
  nudge.ring()
  nudge.ring()
  await nudge.heard(never.signal)
  const stop = new AbortController()
  let heard = false
  const waiting = nudge.heard(stop.signal).then(() => {
    heard = true
  })
  await Promise.resolve()
  expect(heard).toBe(false)
  stop.abort()
  await waiting
  nudge.ring()
  await nudge.heard(never.signal)
})
