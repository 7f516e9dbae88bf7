/** What a wall of images may ask for at once. No zod here: the browser bundles this file. */
export const galleryLimits = {
  /** Ids of one change; more is several calls. */
  marks: 200,
  /** Cells whose words and thumbnails are asked for in one call. */
  cards: 60,
  /** Items of one page of the index. */
  page: 2_500,
  /** Full-size images of one archive. */
  archive: 500,
  /** Days that a deleted image can be taken back. */
  keepDays: 30,
  /** Generations of a lineage that are shown at once, and that can be asked for. */
  generations: 4,
  depth: 64,
  /** Characters of a search. */
  text: 200,
} as const

/** Modes that paint in a house style; `noStyle` narrows to everything else. */
export const houseStyles: readonly string[] = ['tonic']
export const noStyle = 'none'

const extensions: Readonly<Record<string, string>> = { 'image/png': 'png', 'image/jpeg': 'jpg', 'image/webp': 'webp' }
/** What some file system refuses, and what separates words on none. */
const unsafe = /[\p{C}\p{Z}<>:"/\\|?*.#%&{}$!'`@+=]+/gu
const nameLength = 60

/**
 * A file name that says which image it is on every system: `3fd2c81e-oil-on-board-cold-dusk.png`. The transmission comes
 * first, so that no name is empty, hidden or reserved; the prompt is cut at a word.
 */
export function fileNameOf(image: { transmission: string; prompt: string; mime: string }): string {
  const words = image.prompt.normalize('NFC').replace(unsafe, '-').replace(/^-+/, '')
  const cut = words.slice(0, nameLength).replace(/[\uD800-\uDBFF]$/, '')
  const whole = cut.length < words.length ? cut.replace(/-[^-]*$/, '') : cut
  const tail = whole.replace(/-+$/, '')
  return `${image.transmission}${tail === '' ? '' : `-${tail}`}.${extensions[image.mime] ?? 'bin'}`
}
