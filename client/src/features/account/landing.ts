/** How this page was arrived at: by a link or a provider that carries a session, by one that was refused, or not so. */
export type Landing = { kind: 'none' } | { kind: 'session' } | { kind: 'refused'; code: string }

/** Reads an address as the sign-in service writes it: in the fragment, or in the query. */
export function readLanding(href: string): Landing {
  const url = new URL(href)
  const all = [new URLSearchParams(url.hash.slice(1)), url.searchParams]
  for (const params of all) {
    if (params.has('error_description') || params.has('error_code')) {
      return { kind: 'refused', code: params.get('error_code') ?? params.get('error') ?? '' }
    }
  }
  const carries = all.some((params) => params.has('access_token')) || url.searchParams.has('code')
  return carries ? { kind: 'session' } : { kind: 'none' }
}

/** The address without what a refusal left in it. */
export function withoutRefusal(href: string): string {
  const url = new URL(href)
  url.hash = ''
  for (const name of ['error', 'error_code', 'error_description']) url.searchParams.delete(name)
  return url.href
}

// Where the first frame is drawn there is no address.
export const landing: Landing = typeof location === 'undefined' ? { kind: 'none' } : readLanding(location.href)
// The auth client would end the session that is here for the sake of a link that did not work.
if (landing.kind === 'refused') history.replaceState(history.state, '', withoutRefusal(location.href))
