// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { draftStore, patchDraft, patchMode } from '#client/features/bench/draft-store.ts'
import { scopeStore } from '#client/lib/history.ts'
import { clearWhenStale } from './press-news.ts'
import { idlePress, pressStore } from './press-store.ts'

function refused(): void {
  scopeStore.set('remix')
  pressStore.set({ ...idlePress, news: 'No.' })
  clearWhenStale('bench')
}

test('why a press did not work is said until the bench is another one', () => {
  refused()
  patchDraft({ seed: '7' })
  expect(pressStore.get().news).toBe('No.')

  patchMode('remix', { prompt: `${draftStore.get().seed} words` })
  expect(pressStore.get().news).toBeNull()
})

test('another mode has nothing to do with it', () => {
  refused()
  scopeStore.set('style')
  expect(pressStore.get().news).toBeNull()
})

test('what was said since stays', () => {
  refused()
  pressStore.set({ ...idlePress, news: 'Something else.' })
  patchDraft({ count: 3 })
  expect(pressStore.get().news).toBe('Something else.')
})
