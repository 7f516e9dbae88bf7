import { formatWhen } from '#client/lib/format.ts'

/** Words of what an artist keeps: prompts and presets, loaded with their lists. */
export const shelfCopy = {
  prompts: {
    title: 'Earlier prompts',
    empty: 'Each prompt you press Generate with is kept here, on this device.',
    keys: 'In an empty field ↑ brings the last one back; Alt with ↑ and ↓ works anywhere in it.',
    use: (text: string, when: string) => `Use “${text}” ${when}`,
    star: (text: string) => `Star “${text}”`,
    forget: (text: string) => `Forget “${text}”`,
    clear: 'Forget all without a star',
    clearAll: 'Forget all of them',
    when: (at: number) => formatWhen(new Date(at).toISOString()),
    kept: 'Kept on this device for this account, and forgotten when you sign out.',
  },
  presets: {
    title: 'Presets',
    shipped: 'Ours',
    own: 'Yours',
    empty: 'None yet. Save the settings as they are now under a name.',
    name: 'Name of the preset',
    namePlaceholder: 'Name these settings',
    save: 'Save',
    apply: (name: string, settings: string) => `Apply “${name}” ${settings}`,
    rename: (name: string) => `Rename “${name}”`,
    remove: (name: string) => `Delete “${name}”`,
    update: (name: string) => `Overwrite “${name}” with the settings as they are`,
    sum: (creativity: number | undefined, chaos: number | undefined) =>
      [creativity === undefined ? '' : `creativity ${creativity}`, chaos === undefined ? '' : `chaos ${chaos}`]
        .filter(Boolean)
        .join(', '),
    without: (negative: string) => `without ${negative}`,
    images: (count: number) => `${count} images`,
    ours: { close: 'Close to the image', balanced: 'Balanced', far: 'Far from it' },
  },
} as const
