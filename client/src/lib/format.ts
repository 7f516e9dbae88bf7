const locale = typeof navigator === 'undefined' ? 'en' : navigator.language

const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })
const share = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'short' })
const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
const ordinalRules = new Intl.PluralRules('en', { type: 'ordinal' })
const cardinalRules = new Intl.PluralRules('en')
const suffixes: Record<Intl.LDMLPluralRule, string> = {
  one: 'st',
  two: 'nd',
  few: 'rd',
  other: 'th',
  zero: 'th',
  many: 'th',
}

export function formatNumber(value: number): string {
  return whole.format(value)
}

/** A strength of 0 to 1, e.g. `0.80`. */
export function formatShare(value: number): string {
  return share.format(value)
}

/** Local wall time, e.g. `02:00`. */
export function formatClock(iso: string): string {
  return clock.format(new Date(iso))
}

const today = new Intl.DateTimeFormat(locale, { dateStyle: 'short' })
const weekday = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric' })
const date = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' })
const weekMs = 6 * 24 * 3_600_000

/** As short as it can be told: `12:14` today, `Sun 22` this week, `3 Oct 2026` before. */
export function formatWhen(iso: string, now = Date.now()): string {
  const at = new Date(iso)
  if (today.format(at) === today.format(now)) return clock.format(at)
  return (now - at.getTime() < weekMs ? weekday : date).format(at)
}

export function formatDay(iso: string): string {
  return day.format(new Date(iso))
}

/** `1st`, `2nd`, `23rd`. */
export function formatOrdinal(value: number): string {
  return `${whole.format(value)}${suffixes[ordinalRules.select(value)]}`
}

/** `1 credit`, `2 credits`. */
export function plural(count: number, one: string, other: string): string {
  return `${whole.format(count)} ${cardinalRules.select(count) === 'one' ? one : other}`
}

/** A wait in ms as people say it: `9 s`, `40 s` (tens above 15 s), `2 min`. */
export function formatWait(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1_000))
  if (seconds <= 15) return `${seconds} s`
  if (seconds < 95) return `${Math.ceil(seconds / 5) * 5} s`
  return `${Math.ceil(seconds / 60)} min`
}

/** Time left in ms as `5 h 12 min`; never less than a minute. */
export function formatLeft(ms: number): string {
  const minutes = Math.max(1, Math.ceil(ms / 60_000))
  if (minutes < 60) return `${minutes} min`
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** `4032 × 3024`, which never breaks across lines. */
export function formatSize(size: { width: number; height: number }): string {
  return `${size.width}\u00A0×\u00A0${size.height}`
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024 * 1024) return `${Math.max(1, Math.round(bytes / 1024))} KB`
  return `${(bytes / 1024 / 1024).toFixed(bytes < 10 * 1024 * 1024 ? 1 : 0)} MB`
}
