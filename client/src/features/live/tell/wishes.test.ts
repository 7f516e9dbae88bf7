// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { parseWishes, takeWish, wish, wishSound, wishStore } from './wishes.ts'

test('what another version wrote counts as nothing', () => {
  for (const text of [null, '', '{', '[]', 'null', '{"jobs":"a"}']) {
    expect(parseWishes(text)).toEqual({ jobs: [], sound: false })
  }
  expect(parseWishes('{"jobs":["a",1,"b"],"sound":true}')).toEqual({ jobs: ['a', 'b'], sound: true })
})

test('of two tabs that hear of the end, one tells', async () => {
  wish('job', true)
  wishSound(true)

  expect(wishStore.get()).toEqual({ jobs: ['job'], sound: true })
  expect(await Promise.all([takeWish('job'), takeWish('job')])).toEqual([true, false])
  expect(wishStore.get()).toEqual({ jobs: [], sound: true })
  expect(await takeWish('other')).toBe(false)
})

test('a tab that still reads the wish after another has told stays silent', async () => {
  const held = new Set<string>()
  const locks = {
    request: async (name: string, _: LockOptions, run: LockGrantedCallback<Promise<void>>) => {
      if (held.has(name)) return run(null)
      held.add(name)
      await run({ name, mode: 'exclusive' })
      held.delete(name)
    },
  } as unknown as LockManager
  wish('job', true)
  expect(await takeWish('job', locks)).toBe(true)

  wish('job', true)

  expect(await takeWish('job', locks)).toBe(false)
})
