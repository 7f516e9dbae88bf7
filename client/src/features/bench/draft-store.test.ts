import { expect, it, vi } from 'vitest'
import { sliderDefaults } from '#shared/jobs/rules.ts'

const rest = { ...sliderDefaults, slots: [], negative: '', aspect: 1, last: null }
const saved = {
  seed: '7',
  seedLocked: true,
  count: 2,
  modes: { remix: { ...rest, prompt: 'a wolf' }, style: { ...rest, prompt: 'ink' } },
}

it('what is changed before the disk is read changes what lies there, and loses nothing of it', async () => {
  const disk = new Map<string, unknown>([['forge-draft-2', saved]])
  vi.doMock('#client/lib/disk.ts', () => ({
    readDisk: async (key: string) => await Promise.resolve(disk.get(key)),
    readDiskMany: async () => await Promise.resolve([]),
    writeDisk: async (entries: [string, unknown][]) => {
      for (const [key, value] of entries) disk.set(key, value)
      await Promise.resolve()
    },
    deleteDisk: async () => await Promise.resolve(),
    diskKeys: async () => await Promise.resolve([]),
    takeLate: () => null,
    writeLate: () => undefined,
  }))
  vi.resetModules()
  const { draftStore, patchDraft, patchMode, restoreDraft } = await import('./draft-store.ts')
  const reading = restoreDraft()
  patchMode('remix', { prompt: 'a fox' })
  patchDraft({ count: 3 })
  await reading
  const modes = { remix: { prompt: 'a fox' }, style: { prompt: 'ink' } }
  expect(draftStore.get()).toMatchObject({ seed: '7', seedLocked: true, count: 3, modes })
  expect(disk.get('forge-draft-2')).toMatchObject({ seed: '7', count: 3, modes })
  vi.doUnmock('#client/lib/disk.ts')
  vi.resetModules()
})
