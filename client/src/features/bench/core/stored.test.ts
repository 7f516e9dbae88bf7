import { expect, test } from 'vitest'
import { makeImage } from '#client/testing/images.ts'
import { emptyDraft, modeDraft, withMode } from './draft.ts'
import { blobKeysOf, blobsOf, fromFirst, fromStored, toStored } from './stored.ts'

const image = makeImage({ key: 'k1' })
const work = { id: 'w', owner: 'o', mode: 'inpaint', size: { width: 8, height: 8 }, blob: new Blob(['work']) }
const empty = emptyDraft(() => 0.5)
const draft = withMode(
  withMode(empty, 'style', { slots: [{ role: 'base', weight: 1, image }], prompt: 'dusk' }),
  'inpaint',
  {
    slots: [{ role: 'source', weight: 1, image: { ...image, work } }],
  },
)

test('a draft comes back from disk, its pictures kept once each and apart', () => {
  const blobs = blobsOf(draft)
  const stored = structuredClone(toStored(draft))
  expect([...blobs.keys()]).toEqual(['forge-image:k1', 'forge-work:k1'])
  expect(blobKeysOf(stored).sort()).toEqual(['forge-image:k1', 'forge-work:k1'])
  expect(JSON.stringify(stored)).not.toContain('blob')
  expect(fromStored(stored, blobs)).toEqual(draft)
})

test('an image whose picture is gone is left out, one whose work image is gone is prepared again', () => {
  const without = fromStored(toStored(draft), new Map([['forge-image:k1', image.blob]]))
  expect(without.modes['inpaint']?.slots[0]?.image.work).toBeNull()
  expect(fromStored(toStored(draft), new Map()).modes['style']?.slots).toEqual([])
  expect(fromStored(toStored(draft), new Map()).modes['style']?.prompt).toBe('dusk')
})

test('a draft of the first version becomes that of Remix', () => {
  const { work: _work, ...old } = image
  const first = { image: old, prompt: 'linocut', creativity: 72, chaos: 10, seed: '7', seedLocked: true, count: 2 }
  const now = fromFirst(first, () => 0)
  expect(now).toMatchObject({ seed: '7', seedLocked: true, count: 2 })
  expect(modeDraft(now, 'remix')).toMatchObject({ prompt: 'linocut', creativity: 72, chaos: 10 })
  expect(modeDraft(now, 'remix').slots[0]?.image.key).toBe('k1')
})
