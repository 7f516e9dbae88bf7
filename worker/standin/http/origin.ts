const loopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/i

/**
 * ComfyUI's default origin check: refuse what a browser calls cross-site, and on a loopback host any `Origin` that
 * is another host.
 */
export function originRefused(header: (name: string) => string | undefined): boolean {
  if (header('sec-fetch-site') === 'cross-site') return true
  const host = header('host')
  const origin = header('origin')
  if (host === undefined || origin === undefined || !loopback.test(host)) return false
  return !URL.canParse(origin) || new URL(origin).host.toLowerCase() !== host.toLowerCase()
}
