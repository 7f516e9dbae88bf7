import type { GalleryFilter } from '#shared/gallery/schema.ts'

/** What the address of the gallery holds; what is absent does not narrow. */
export type GallerySearch = {
  text?: string
  mode?: string
  /** `today`, `7d`, `30d`, `2026-11-01`, or `2026-11-01..2026-11-23`, both days included. */
  date?: string
  favourite?: true
  /** Made with a mask. */
  masked?: true
  /** What was deleted and can still be brought back. */
  deleted?: true
  style?: string
}

export const datePresets = ['today', '7d', '30d'] as const
export type DatePreset = (typeof datePresets)[number]

const day = String.raw`\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])`
const dateForm = new RegExp(`^(?:today|7d|30d|${day}(?:\\.\\.${day})?)$`)
const keyForm = /^[a-z0-9-]{1,40}$/
const longest = 200
const days = { today: 0, '7d': 6, '30d': 29 } as const satisfies Record<DatePreset, number>

/** Reads an address. What makes no sense is dropped, so that an old or cut link still opens the gallery. */
export function readSearch(search: Readonly<Record<string, unknown>>): GallerySearch {
  const { text, mode, date, favourite, masked, deleted, style } = search
  const words = typeof text === 'string' || typeof text === 'number' ? readable(String(text)) : ''
  return {
    ...(words === '' ? {} : { text: words }),
    ...(typeof mode === 'string' && keyForm.test(mode) ? { mode } : {}),
    ...(typeof date === 'string' && dateForm.test(date) ? { date } : {}),
    ...(isOn(favourite) ? { favourite: true as const } : {}),
    ...(isOn(masked) ? { masked: true as const } : {}),
    ...(isOn(deleted) ? { deleted: true as const } : {}),
    ...(typeof style === 'string' && keyForm.test(style) ? { style } : {}),
  }
}

function isOn(value: unknown): boolean {
  return value === true || value === 'true' || value === 1
}

/** What can be searched for: an address may hold anything, and a cut must not leave half a character. */
function readable(text: string): string {
  const words = text
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, longest)
  return words.toWellFormed().replaceAll('\uFFFD', '').trim()
}

/** One name for one set of filters, whatever their order. */
export function searchKey({ text, mode, date, favourite, masked, deleted, style }: GallerySearch): string {
  return JSON.stringify([
    text ?? '',
    mode ?? '',
    date ?? '',
    favourite ?? false,
    style ?? '',
    masked ?? false,
    deleted ?? false,
  ])
}

/** Whether anything is left out of the wall; what was deleted is a wall of its own. */
export function isNarrowed({ deleted: _wall, ...search }: GallerySearch): boolean {
  return Object.keys(search).length > 0
}

/** The same wall without what narrows it. */
export function cleared({ deleted }: GallerySearch): GallerySearch {
  return deleted ? { deleted } : {}
}

export function isPreset(date: string | undefined): date is DatePreset {
  return datePresets.some((preset) => preset === date)
}

/** First and last day of a range that is no preset. */
export function daysOf(date: string | undefined): { from: string; to: string } {
  if (date === undefined || isPreset(date)) return { from: '', to: '' }
  const [from = '', to = ''] = date.split('..')
  return { from, to }
}

/** The range of two date fields, either of which may be empty; undefined when both are. */
export function dateOf({ from, to }: { from: string; to: string }): string | undefined {
  if (from === '' && to === '') return undefined
  if (from === '') return `1970-01-01..${to}`
  return to === '' ? from : `${from}..${to}`
}

/** As the server takes it. Days are those of this device's calendar; `now` in ms since 1970. */
export function toFilter(search: GallerySearch, now: number): GalleryFilter {
  const { text, mode, favourite, masked, deleted, style, date } = search
  return {
    ...(text === undefined ? {} : { text }),
    ...(mode === undefined ? {} : { mode }),
    ...(favourite ? { favourite } : {}),
    ...(masked ? { masked } : {}),
    ...(deleted ? { deleted } : {}),
    ...(style === undefined ? {} : { style }),
    ...(date === undefined ? {} : toMoments(date, now)),
  }
}

function toMoments(date: string, now: number): { from?: string; to?: string } {
  if (isPreset(date)) {
    const today = new Date(now)
    return { from: new Date(today.getFullYear(), today.getMonth(), today.getDate() - days[date]).toISOString() }
  }
  const { from, to } = daysOf(date)
  return { from: dayStart(from, 0), ...(to === '' ? {} : { to: dayStart(to, 1) }) }
}

/** A year that is still being typed, or that nobody lives to see, is one the server can read too. */
function dayStart(text: string, later: number): string {
  const [year = 0, month = 1, date = 1] = text.split('-').map(Number)
  return new Date(Math.min(9_000, Math.max(1_970, year)), month - 1, date + later).toISOString()
}
