import { afterEach, expect, it, vi } from 'vitest'
import { keptLocal } from './kept-local.ts'

afterEach(() => {
  keptLocal.removeItem('a')
  vi.unstubAllGlobals()
})

/** Local storage that holds `kept` and refuses as `refused` says. */
function stubLocal(kept: Record<string, string>, refused?: { write?: string; read?: string }) {
  const deny = (name: string | undefined) => {
    if (name) throw new DOMException('no', name)
  }
  vi.stubGlobal('localStorage', {
    getItem(key: string) {
      deny(refused?.read)
      return kept[key] ?? null
    },
    setItem(key: string, value: string) {
      deny(refused?.write)
      kept[key] = value
    },
    removeItem(key: string) {
      deny(refused?.read)
      delete kept[key]
    },
  })
  return kept
}

it('keeps things in local storage where there is one', () => {
  const kept = stubLocal({})

  keptLocal.setItem('a', '1')
  expect(kept).toEqual({ a: '1' })
  keptLocal.removeItem('a')
  expect(keptLocal.getItem('a')).toBeNull()
})

it('where local storage is forbidden the page itself remembers', () => {
  stubLocal({}, { read: 'SecurityError', write: 'SecurityError' })

  expect(keptLocal.getItem('a')).toBeNull()
  keptLocal.setItem('a', '1')
  expect(keptLocal.getItem('a')).toBe('1')
  keptLocal.removeItem('a')
  expect(keptLocal.getItem('a')).toBeNull()
})

it('what found no room is newer than what lies there', () => {
  stubLocal({ a: 'old' }, { write: 'QuotaExceededError' })

  keptLocal.setItem('a', 'new')

  expect(keptLocal.getItem('a')).toBe('new')
})
