import { pino } from 'pino'
import { expect, it, vi } from 'vitest'
import { createRoom } from './room.ts'

const log = pino({ level: 'silent' })

it('A14 is believed to be full at once, and to have room again only when the disk says so', async () => {
  let fault: string | null = 'the disk has only 0.1 GB left'
  const tell = vi.fn(async () => {})
  const room = createRoom({ fault: async () => fault, tell, log, checkMs: 0 })

  expect(await room.isFull()).toBe(false)
  room.full('the journal cannot be written')
  expect(await room.isFull()).toBe(true)
  fault = null
  expect(await room.isFull()).toBe(false)

  expect(tell.mock.calls).toEqual([['the journal cannot be written'], ['the disk has only 0.1 GB left'], [null]])
})

it('does not mind a server that hears nothing', async () => {
  const tell = () => Promise.reject(new Error('away'))
  const room = createRoom({ fault: async () => null, tell, log, checkMs: 60_000 })

  room.full('x')

  expect(await room.isFull()).toBe(true)
})
