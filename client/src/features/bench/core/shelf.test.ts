import { expect, test } from 'vitest'
import {
  emptyShelf,
  isStarred,
  merged,
  promptLimit,
  recall,
  remember,
  toggleStar,
  withoutPreset,
  withoutPrompts,
  withPreset,
} from './shelf.ts'

const two = remember(remember(emptyShelf, 'linocut', 1), 'gouache', 2)

test('a prompt is kept once, newest first, and blank ones are not', () => {
  expect(two.prompts.map(({ text }) => text)).toEqual(['gouache', 'linocut'])
  expect(remember(two, '  linocut ', 3).prompts.map(({ text }) => text)).toEqual(['linocut', 'gouache'])
  expect(remember(two, '  ', 3)).toBe(two)
})

test('a star outlives the limit and the clearing, unless everything is meant', () => {
  let shelf = toggleStar(two, 'linocut', 3)
  for (let i = 0; i < promptLimit + 20; i += 1) shelf = remember(shelf, `prompt ${i}`, 10 + i)
  expect(shelf.prompts).toHaveLength(promptLimit + 1)
  expect(isStarred(shelf, 'linocut')).toBe(true)
  expect(withoutPrompts(shelf, false).prompts.map(({ text }) => text)).toEqual(['linocut'])
  expect(withoutPrompts(shelf, true).prompts).toEqual([])
  expect(isStarred(toggleStar(shelf, 'linocut', 4), 'linocut')).toBe(false)
})

test('arrows walk back through the prompts and forth to what was being written', () => {
  const first = recall(two.prompts, null, 1, 'my own')
  expect(first).toMatchObject({ at: 0, text: 'gouache' })
  const second = recall(two.prompts, first, 1, 'gouache')
  expect(second).toMatchObject({ at: 1, text: 'linocut' })
  expect(recall(two.prompts, second, 1, 'linocut')).toBeNull()
  expect(recall(two.prompts, first, -1, 'gouache')).toMatchObject({ at: -1, text: 'my own' })
  expect(recall(two.prompts, null, -1, '')).toBeNull()
})

test('a recalled prompt that was changed is a new one, and what is shown already is passed over', () => {
  const first = recall(two.prompts, null, 1, '')
  expect(recall(two.prompts, first, 1, 'gouache, at night')).toMatchObject({ at: 0, own: 'gouache, at night' })
  expect(recall(two.prompts, null, 1, 'gouache')).toMatchObject({ at: 1, text: 'linocut' })
})

test('presets are saved, renamed in their place and deleted', () => {
  const saved = withPreset(withPreset(emptyShelf, { id: 'a', name: ' Soft ', values: {} }), {
    id: 'b',
    name: 'Hard',
    values: { creativity: 90 },
  })
  const renamed = withPreset(saved, { id: 'a', name: 'Softer', values: {} })
  expect(renamed.presets.map(({ name }) => name)).toEqual(['Softer', 'Hard'])
  expect(withoutPreset(renamed, 'a').presets.map(({ id }) => id)).toEqual(['b'])
})

test('what a visitor kept goes along into the account, once', () => {
  const visitor = remember(two, 'ink', 9)
  const account = remember(remember(emptyShelf, 'linocut', 5), 'oil', 6)
  expect(merged(account, visitor).prompts.map(({ text }) => text)).toEqual(['ink', 'oil', 'linocut', 'gouache'])
})
