import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createPreviews } from './previews.ts'

function makeWorld(slow: boolean) {
  const joined: (string | null)[] = []
  const previews = createPreviews(() => slow)
  previews.attach({ watch: (attempt) => joined.push(attempt?.job ?? null), close: () => undefined })
  previews.watch({ job: 'one', epoch: 1 })
  joined.length = 0
  return { previews, joined }
}

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

test('on a line that keeps up they stay joined', () => {
  const { previews, joined } = makeWorld(false)
  previews.arrived(3, 3)
  previews.arrived(4, 6)

  expect(joined).toEqual([])
})

test('on a slow line each is followed by a rest', () => {
  const { previews, joined } = makeWorld(true)
  previews.arrived(3, 3)
  previews.arrived(4, 4)
  expect(joined).toEqual([null])
  vi.advanceTimersByTime(3_000)

  expect(joined).toEqual([null, 'one'])
})

test('previews far behind the row show a slow line', () => {
  const { previews, joined } = makeWorld(false)
  previews.arrived(3, 7)

  expect(joined).toEqual([null])
})

test('another attempt is joined at once, and one that ended stays left', () => {
  const { previews, joined } = makeWorld(true)
  previews.arrived(3, 3)
  previews.watch({ job: 'two', epoch: 1 })
  previews.arrived(1, 1)
  previews.watch(null)
  vi.advanceTimersByTime(10_000)

  expect(joined).toEqual([null, 'two', null, null])
})
