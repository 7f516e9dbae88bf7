import { expect, test } from 'vitest'
import { pressLifetime } from '#client/features/generate/core/request.ts'
import { makeImage } from '#client/testing/images.ts'
import { noon } from '#client/testing/jobs.ts'
import { mayGoOn, withImages, written } from './kept-request.ts'
import type { PressRequest } from './press.ts'

const image = makeImage({ key: 'one' })
const request = {
  mode: 'remix',
  pictures: { kind: 'slots', mode: 'remix', mask: false, slots: [{ role: 'base', weight: 1, image }] },
} as unknown as PressRequest

test('a press is written without its pictures and finds them again by their keys', () => {
  const text = JSON.stringify(written(request))

  expect(withImages(JSON.parse(text), new Map([['one', image]]))).toEqual(request)
})

test('a press whose picture did not survive is not sent', () => {
  expect(withImages(written(request), new Map())).toBeNull()
})

test('a press goes on for whoever pressed it, a visitor included, and while it is fresh', () => {
  const ofGuest = { at: noon, owner: 'guest' }

  expect(mayGoOn(ofGuest, 'guest', noon)).toBe(true)
  expect(mayGoOn({ at: noon, owner: null }, 'guest', noon)).toBe(true)
  expect(mayGoOn(ofGuest, 'member', noon)).toBe(false)
  expect(mayGoOn(ofGuest, null, noon)).toBe(false)
  expect(mayGoOn(ofGuest, 'guest', noon + pressLifetime)).toBe(false)
})
