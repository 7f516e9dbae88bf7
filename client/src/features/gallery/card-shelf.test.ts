import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { GalleryCard } from '#shared/gallery/schema.ts'
import { createCardShelf } from './card-shelf.ts'

const minute = 60_000

/** A card as the server made it when its clock said `at`. */
function cardOf(id: string, at: number): GalleryCard {
  return {
    id,
    mode: 'remix',
    transmission: '3fd2c81e',
    status: 'succeeded',
    errorCode: null,
    purse: 'free',
    returned: 0,
    step: 28,
    favourite: false,
    deleted: false,
    until: null,
    prompt: '',
    createdAt: new Date(at).toISOString(),
    width: 4,
    height: 3,
    bytes: 1,
    thumb: { url: `https://objects.test/${id}?${at}`, urlExpiresAt: new Date(at + 60 * minute).toISOString() },
  }
}

/** A shelf on a device whose clock is `skew` ms ahead of the server's; the wall wants its cells after every change. */
function makeShelf(skew: number) {
  const server = () => Date.now() - skew
  const cards = vi.fn(async (ids: readonly string[]) => ids.map((id) => cardOf(id, server())))
  const shelf = createCardShelf({ cards })
  shelf.changes.subscribe(() => shelf.want(['a']))
  shelf.want(['a'])
  return { cards, shelf }
}

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

it.each([-1, 0, 1])('a clock that is off by %i days neither asks without end nor keeps a dead link', async (days) => {
  const { cards, shelf } = makeShelf(days * 24 * 60 * minute)

  await vi.advanceTimersByTimeAsync(minute)
  expect(cards).toHaveBeenCalledTimes(1)

  await vi.advanceTimersByTimeAsync(30 * minute)
  shelf.want(['a'])
  await vi.advanceTimersByTimeAsync(minute)
  expect(cards).toHaveBeenCalledTimes(2)
  shelf.stop()
})

it('a picture that cannot be loaded is asked for again, but seldom', async () => {
  const { cards, shelf } = makeShelf(0)
  await vi.advanceTimersByTimeAsync(minute)

  for (let time = 0; time < 10; time += 1) {
    shelf.renew('a')
    await vi.advanceTimersByTimeAsync(1_000)
  }
  expect(cards).toHaveBeenCalledTimes(2)

  await vi.advanceTimersByTimeAsync(6 * minute)
  shelf.renew('a')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(cards).toHaveBeenCalledTimes(3)
  shelf.stop()
})
