import { beforeEach, expect, it, vi } from 'vitest'
import type { GalleryItem, GalleryPage } from '#shared/gallery/schema.ts'
import type { GalleryIo } from './gallery-io.ts'
import { createGallerySession } from './gallery-session.ts'
import type { GalleryProblem } from './gallery-session.ts'

const row = (id: string): GalleryItem => [id, 4, 3, null, false, false]
const page = (ids: string, more: string | null = null): GalleryPage => {
  return { items: Array.from(ids, row), nextCursor: more, left: 6, total: 9, cards: [] }
}
const problems: GalleryProblem[] = []
let io: { [Key in keyof GalleryIo]: ReturnType<typeof vi.fn<GalleryIo[Key]>> }

beforeEach(() => {
  problems.length = 0
  io = {
    page: vi.fn(async (_filter: object, cursor: string | null) => (cursor === null ? page('abc', '2') : page('def'))),
    cards: vi.fn(async () => []),
    favourite: vi.fn(async () => undefined),
    remove: vi.fn(async () => undefined),
    restore: vi.fn(async () => undefined),
  }
})

async function openAll(search = {}) {
  const session = createGallerySession({ userId: 'u', io, onProblem: (problem) => problems.push(problem) })
  const index = session.open(search)
  await vi.waitFor(() => expect(index.state.get().complete).toBe(true))
  const ids = () =>
    index.state
      .get()
      .items.map(({ id }) => id)
      .join('')
  return { session, index, ids }
}

it('the first page shows at once and the rest follows by itself', async () => {
  const { ids, index } = await openAll()

  expect(ids()).toBe('abcdef')
  expect(index.state.get()).toMatchObject({ matching: 6, total: 9, fresh: 0 })
  expect(io.page.mock.calls.map(([, cursor]) => cursor)).toEqual([null, '2'])
})

it('coming back to an address asks for nothing again', async () => {
  const { session, index } = await openAll({ mode: 'remix' })

  expect(session.open({ mode: 'remix' })).toBe(index)
  expect(io.page).toHaveBeenCalledTimes(2)
})

it('a deletion shows at once, and undo brings everything back to its place', async () => {
  const { session, ids, index } = await openAll()

  const gone = session.remove(['b', 'e'])
  expect(ids()).toBe('acdf')
  expect(index.state.get()).toMatchObject({ matching: 4, total: 7 })
  await gone
  await session.undo()

  expect(ids()).toBe('abcdef')
  expect(io.restore).toHaveBeenCalledWith(['b', 'e'])
  expect(session.undoable.get()).toBeNull()
})

it('a refused deletion comes back and says so', async () => {
  const { session, ids } = await openAll()
  io.remove.mockRejectedValueOnce(new Error('lost'))

  await session.remove(['a'])

  expect([ids(), problems, session.undoable.get()]).toEqual(['abcdef', ['remove'], null])
})

it('a favourite shows at once and is taken back when it was refused', async () => {
  const { session, index } = await openAll()
  io.favourite.mockRejectedValueOnce(new Error('lost'))

  const done = session.favourite(['c'], true)
  expect(index.state.get().items[2]?.favourite).toBe(true)
  await done

  expect([index.state.get().items[2]?.favourite, problems]).toEqual([false, ['favourite']])
})

it('great changes go in pieces that the server takes', async () => {
  const { session } = await openAll()
  const many = Array.from({ length: 450 }, (_, at) => String(at))

  await session.favourite(many, true)

  expect(io.favourite.mock.calls.map(([ids]) => ids.length)).toEqual([200, 200, 50])
})

it('what is new comes on top in rows of its own, and nothing removed comes back with it', async () => {
  const { session, index, ids } = await openAll()
  io.remove.mockReturnValueOnce(new Promise(() => undefined))
  void session.remove(['a'])
  io.page.mockResolvedValueOnce({ ...page('yxabc'), left: 8 })

  await index.refresh()

  expect([ids(), index.state.get().fresh]).toEqual(['yxbcdef', 2])
})

it('what was removed, brought back or marked on another device is found out at the next look', async () => {
  const { index, ids } = await openAll()
  io.page.mockResolvedValue({ ...page('acdef'), left: 5 })
  await index.refresh()
  expect([ids(), index.state.get().matching]).toEqual(['acdef', 5])

  const marked = page('abcdef')
  marked.items[1] = ['b', 4, 3, null, true, false]
  io.page.mockResolvedValue(marked)
  await index.refresh()

  expect(ids()).toBe('abcdef')
  expect(index.state.get().items[1]?.favourite).toBe(true)
})

it('what another tab did shows at once, in both walls', async () => {
  const { session, ids } = await openAll()
  const trash = session.open({ deleted: true })
  await vi.waitFor(() => expect(trash.state.get().complete).toBe(true))

  session.hear({ kind: 'removed', ids: ['c'] })
  expect(ids()).toBe('abdef')
  session.hear({ kind: 'marked', ids: ['d'], favourite: true })
  session.hear({ kind: 'restored', ids: ['c'] })

  await vi.waitFor(() => expect(ids()).toBe('abcdef'))
  expect(trash.state.get().items.some(({ id }) => id === 'c')).toBe(false)
})

it('what is brought back leaves the deleted ones at once, and returns to them when it was refused', async () => {
  const { session } = await openAll()
  const trash = session.open({ deleted: true })
  await vi.waitFor(() => expect(trash.state.get().complete).toBe(true))
  const ids = () => trash.state.get().items.map(({ id }) => id)

  const done = session.restore(['b'])
  expect(ids()).not.toContain('b')
  expect(await done).toBe(true)
  io.restore.mockRejectedValueOnce(new Error('lost'))

  expect([await session.restore(['c']), ids().includes('c'), problems]).toEqual([false, true, ['restore']])
})

it('a failed start says so and starts again', async () => {
  io.page.mockRejectedValueOnce(new Error('lost'))
  const session = createGallerySession({ userId: 'u', io, onProblem: () => undefined })
  const index = session.open({})
  await vi.waitFor(() => expect(index.state.get().status).toBe('failed'))

  index.load()

  await vi.waitFor(() => expect(index.state.get().complete).toBe(true))
  session.stop()
})

it('a quick second thought about a favourite is never overtaken by the first', async () => {
  const { session } = await openAll()
  const heard: boolean[] = []
  let answer = () => {}
  const slow = new Promise<void>((resolve) => {
    answer = resolve
  })
  io.favourite.mockImplementation(async (_ids, favourite) => {
    if (favourite) await slow
    heard.push(favourite)
  })

  const both = Promise.all([session.favourite(['a'], true), session.favourite(['a'], false)])
  await Promise.resolve()
  answer()
  await both

  expect(heard).toEqual([true, false])
})

it('a wall that is opened while a deletion is under way shows it once the server has it', async () => {
  const { session } = await openAll()
  let answer = () => {}
  io.remove.mockImplementation(() => new Promise<undefined>((resolve) => (answer = () => resolve(undefined))))
  const gone = session.remove(['b'])
  const index = session.open({ mode: 'remix' })
  await vi.waitFor(() => expect(index.state.get().complete).toBe(true))
  io.page.mockImplementation(async () => page('acdef'))

  answer()
  await gone

  await vi.waitFor(() =>
    expect(
      index.state
        .get()
        .items.map(({ id }) => id)
        .join(''),
    ).toBe('acdef'),
  )
})
