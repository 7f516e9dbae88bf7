import type { CaptchaSettings } from './captcha.ts'

/** What a hosted project sets in its dashboard. Limits are per client address and hour. */
export type AuthSettings = {
  /** Where links in mails lead when the request names no allowed address. */
  siteUrl: string
  anonymousSignIns: boolean
  /** Hosted default is 30; one developer's machine needs more. */
  anonymousPerHour: number
  /** Attempts at one-time codes and links. */
  verificationsPerHour: number
  /** Null: off, as hosted projects begin. */
  captcha: CaptchaSettings | null
}

/** Settings for one developer's machine. `url` is the base URL of the stack. */
export function defaultAuthSettings(url: string): AuthSettings {
  return { siteUrl: url, anonymousSignIns: true, anonymousPerHour: 3600, verificationsPerHour: 3600, captcha: null }
}
