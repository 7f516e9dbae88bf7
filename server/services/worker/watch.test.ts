import { pino } from 'pino'
import { expect, it } from 'vitest'
import { ForgeError } from '#shared/errors.ts'
import { boxCalls, createBoxWatch } from './watch.ts'

const log = pino({ level: 'silent' })

function setUp(noteRefusals?: () => Promise<void>) {
  const told: unknown[] = []
  const database = {
    noteRefusals:
      noteRefusals ??
      ((notes: readonly unknown[]) => {
        told.push(notes)
        return Promise.resolve()
      }),
  }
  return { watch: createBoxWatch({ database, log }), told }
}

it('gathers refusals by box and reason, and tells a job that was never theirs from one they lost', async () => {
  const { watch, told } = setUp()
  watch.note('a', new ForgeError('EPOCH_STALE', { theirs: true }))
  watch.note('a', new ForgeError('EPOCH_STALE', { theirs: false }))
  watch.note('a', new ForgeError('EPOCH_STALE', { theirs: false }))
  watch.note('b', new ForgeError('OUTPUT_INVALID'))
  watch.note('b', new ForgeError('UNAVAILABLE'))
  await watch.flush()
  await watch.flush()

  expect(told).toEqual([
    [
      { worker: 'a', reason: 'EPOCH_STALE', count: 1 },
      { worker: 'a', reason: 'NOT_THEIRS', count: 2 },
      { worker: 'b', reason: 'OUTPUT_INVALID', count: 1 },
    ],
  ])
})

it('refuses and counts a flood of one box, and no other box feels it', async () => {
  const { watch, told } = setUp()
  for (let index = 0; index < boxCalls.points; index += 1) await watch.spend('a')

  await expect(watch.spend('a')).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  await watch.spend('b')
  await watch.flush()
  expect(told).toEqual([[{ worker: 'a', reason: 'RATE_LIMITED', count: 1 }]])
})

it('costs no call when the database cannot count', async () => {
  const { watch } = setUp(() => Promise.reject(new ForgeError('UNAVAILABLE')))
  watch.note('a', new ForgeError('JOB_OVER'))

  await expect(watch.flush()).resolves.toBeUndefined()
})
