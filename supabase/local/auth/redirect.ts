const loopbackHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * Where a mailed link may lead: an address on this machine or under the site's own origin; anything else becomes the
 * site, so that a link in a trusted mail cannot carry a session to a stranger.
 */
export function redirectTarget(siteUrl: string, asked: string | undefined): string {
  if (asked === undefined || !URL.canParse(asked)) return siteUrl
  const url = new URL(asked)
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:'
  return isWeb && (loopbackHosts.has(url.hostname) || url.origin === new URL(siteUrl).origin) ? asked : siteUrl
}
